// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/setup/certificate_steps.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/key_pair.hpp"
#include "tlsctl/certificates/certificate_view.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

constexpr auto ca_lifetime = std::chrono::hours(24) * 3650;

bool is_there(const std::filesystem::path &path) {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

Status make(const Authority &authority, const std::string &common_name) {
    const CaDirectory &directory = authority.directory();
    if (auto made = make_directory(directory.path(), 0700); !made)
        return made;
    const auto lock = directory.lock();
    if (!lock)
        return lock.error();
    // A run that was killed may have left its CA one rename short.
    if (auto recovered = pair_files(directory.certificate(), directory.key()).recover(); !recovered)
        return recovered;
    if (is_there(directory.certificate()) && is_there(directory.key()))
        return {};
    if (auto vacant = directory.check_vacant(); !vacant)
        return vacant;
    const auto ca = tls::make_ca({.common_name = common_name, .lifetime = ca_lifetime});
    if (!ca)
        return ca.error();
    return directory.store(ca->certificate_pem, ca->private_key_pem);
}

bool has_all(const std::vector<std::string> &present, const std::vector<std::string> &wanted) {
    return std::ranges::all_of(wanted, [&](const std::string &name) {
        return std::ranges::any_of(
            present, [&](const std::string &other) { return equal_ignoring_case(name, other); });
    });
}

Result<Standing> look_at_pair(const Authority &authority, const WantedCertificate &wanted) {
    if (!is_there(wanted.certificate) || !is_there(wanted.key))
        return Standing{};
    const auto pem = read_file(wanted.certificate);
    if (!pem)
        return pem.error();
    const auto key = read_secret_file(wanted.key);
    if (!key)
        return key.error();
    const auto pair =
        tls::read_key_pair(as_bytes(*pem), wanted.certificate.string(), *key, wanted.key.string());
    if (!pair && pair.error().name == "key-mismatch")
        return Standing{Standing::Kind::wanted, "certificate and key do not belong together"};
    if (!pair)
        return pair.error();
    const tls::CertificateInfo &leaf = pair->chain.front();
    const auto ca_pem = authority.certificate_pem();
    if (!ca_pem && ca_pem.error().name != "ca-missing")
        return ca_pem.error();
    const auto ca = ca_pem ? tls::parse_chain(as_bytes(*ca_pem), "the CA")
                           : Result<std::vector<tls::CertificateInfo>>(std::vector<tls::CertificateInfo>());
    if (!ca)
        return ca.error();
    if (ca->empty() || ca->front().subject != leaf.issuer)
        return Error{Stage::input, "certificate-foreign",
                     wanted.certificate.string() + " is a certificate by another CA"}
            .with("issuer", leaf.issuer)
            .advise("move it and its key away, or name this one differently with --name NAME");
    if (leaf.not_after <= std::chrono::system_clock::now())
        return Standing{Standing::Kind::wanted, "the one that is there has expired"};
    if (!has_all(leaf.dns_names, wanted.leaf.dns_names) ||
        !has_all(leaf.ip_addresses, wanted.leaf.ip_addresses))
        return Standing{Standing::Kind::wanted, "the one that is there is for " + leaf.names()};
    return Standing{Standing::Kind::so, leaf.names() + ", " + validity_words(leaf)};
}

Result<tls::LeafRequest> leaf_request(const Authority &authority, const std::string &name,
                                      const LeafOptions &leaf, const Context &context) {
    tls::LeafRequest request{.common_name = name,
                             .profile = leaf.profile,
                             .dns_names = leaf.dns_names,
                             .ip_addresses = leaf.ip_addresses};
    (void)set_default_names(request, name, context); // the report has the names themselves
    const auto end = authority.end();
    if (!end)
        return end.error();
    if (auto valid = set_validity(request, leaf, *end); !valid)
        return std::move(valid).error();
    return request;
}

} // namespace

Step ca_step(std::shared_ptr<Authority> authority, bool make_new, const std::string &common_name) {
    const CaDirectory &directory = authority->directory();
    Step step;
    step.name = "ca";
    step.title = (make_new ? "have a CA in " : "use the CA in ") + directory.path().string();
    step.files = {directory.certificate(), directory.key(), directory.path() / ".lock"};
    step.look = [=]() -> Result<Standing> {
        const auto pem = authority->certificate_pem();
        if (pem)
            return Standing{Standing::Kind::so};
        if (make_new && pem.error().name == "ca-missing")
            return Standing{};
        Error error = pem.error();
        if (error.name == "ca-missing")
            error.hint = "make one with --new-ca, or say where it is with --ca-dir DIR";
        return error;
    };
    step.perform = [=] { return make(*authority, common_name); };
    return step;
}

Step server_certificate_step(std::shared_ptr<Authority> authority, const WantedCertificate &wanted,
                             const Context &context) {
    Step step;
    step.name = "certificate";
    step.title = "have a certificate for this server, " + wanted.certificate.string();
    step.files = {wanted.certificate, wanted.key};
    step.look = [=] { return look_at_pair(*authority, wanted); };
    step.perform = [=, &context]() -> Status {
        const auto request = leaf_request(*authority, wanted.name, wanted.leaf, context);
        if (!request)
            return request.error();
        const auto pair = authority->issue(*request);
        if (!pair)
            return pair.error();
        if (auto made = make_directory(wanted.certificate.parent_path(), 0755); !made)
            return made;
        return store_pair(*pair, wanted.certificate, wanted.key, true);
    };
    step.undo = [=] { return authority->forget_issued(); };
    return step;
}

Step bundle_step(std::shared_ptr<Authority> authority, const std::string &name,
                 const std::filesystem::path &file, std::shared_ptr<const std::optional<Secret>> passphrase) {
    Step step;
    step.name = "bundle";
    step.title = "make a bundle for the client " + name + ", " + file.string();
    step.files = {file, file.string() + ".passphrase"};
    step.look = [=]() -> Result<Standing> {
        return Standing{is_there(file) ? Standing::Kind::so : Standing::Kind::wanted};
    };
    step.perform = [=]() -> Status {
        LeafOptions leaf;
        leaf.profile = tls::Profile::client;
        Context nowhere; // a client's certificate takes no names of this host
        const auto request = leaf_request(*authority, name, leaf, nowhere);
        if (!request)
            return request.error();
        const auto pair = authority->issue(*request);
        if (!pair)
            return pair.error();
        auto root = authority->root_pem();
        if (!root)
            return std::move(root).error();
        auto chosen = *passphrase ? Result<BundlePassphrase>(BundlePassphrase{(*passphrase)->duplicate()})
                                  : choose_passphrase({.file = file});
        if (!chosen)
            return std::move(chosen).error();
        if (auto made = make_directory(file.parent_path(), 0700); !made)
            return made;
        const tls::BundleContents contents{name, pair->certificate_pem, pair->private_key_pem.duplicate(),
                                           std::move(*root)};
        return write_bundle(contents, file, *chosen, false);
    };
    step.undo = [=] { return authority->forget_issued(); };
    return step;
}

} // namespace rpctls::tlsctl
