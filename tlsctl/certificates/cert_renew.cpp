// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/tls/ca_limits.hpp"
#include "rpc/tls/key_pair.hpp"
#include "tlsctl/certificates/ca_crl_file.hpp"
#include "tlsctl/certificates/certificate_input.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/certificates/issued_certificates.hpp"
#include "tlsctl/certificates/leaf_options.hpp"
#include "tlsctl/cli/arguments.hpp"
#include "tlsctl/cli/table.hpp"

#include <algorithm>
#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string word;
    std::filesystem::path key;
    LeafOptions leaf; ///< of it the validity
    CaOptions ca;
    tls::KeyKind key_kind = tls::KeyKind::ecdsa_p256;
    bool new_key = false;
    bool force = false;
};

struct Old {
    std::filesystem::path certificate;
    std::filesystem::path key;
    tls::KeyPair pair;

    const tls::CertificateInfo &leaf() const { return pair.chain.front(); }
};

/// The file itself: a link to it is to go on leading there.
std::filesystem::path resolved(const std::filesystem::path &path) {
    std::error_code failure;
    const auto target = std::filesystem::canonical(path, failure);
    return failure ? path : target;
}

Result<Old> read_old(const Options &options, const Context &context) {
    auto input = read_certificates(options.word, {PassphraseSource::bundle_credential}, context);
    if (!input)
        return std::move(input).error();
    if (!input->key_pem.empty())
        return Error{Stage::input, "certificate-in-bundle", input->path.string() + " is a bundle"}.advise(
            "make a new one with a new key: tlsctl cert issue NAME --profile client --bundle FILE");
    const auto certificate = resolved(input->path);
    const auto key =
        options.key.empty() ? std::filesystem::path(input->path).replace_extension(".key") : options.key;
    // A run that was killed may have left the two one rename short of each other.
    if (auto recovered = pair_files(certificate, resolved(key)).recover(); !recovered)
        return std::move(recovered).error();
    const auto chain = read_file(certificate);
    if (!chain)
        return chain.error();
    const auto secret = read_secret_file(key);
    if (!secret) {
        Error error = secret.error();
        if (error.name == "file-missing")
            error.hint =
                "name its key with --key FILE; a key that is elsewhere is certified anew by tlsctl cert "
                "request there and tlsctl cert sign here";
        return error;
    }
    auto pair = tls::read_key_pair(as_bytes(*chain), certificate.string(), *secret, key.string());
    if (!pair)
        return std::move(pair).error();
    return Old{certificate, resolved(key), std::move(*pair)};
}

/// Whether a CA that this one has succeeded signed it: those are kept beside it.
bool is_by_predecessor(const tls::CertificateInfo &leaf, const CaDirectory &ca) {
    const auto path = std::filesystem::absolute(ca.path());
    std::error_code failure;
    for (const auto &entry : std::filesystem::directory_iterator(path.parent_path(), failure)) {
        if (!entry.path().filename().string().starts_with(path.filename().string() + "."))
            continue;
        const auto material = CaDirectory(entry.path()).load_certificate();
        if (material && tls::is_issued_by(leaf, material->chain.front()))
            return true;
    }
    return false;
}

/// Two thirds of its time: enough is left to notice that a renewal has failed.
tls::Time due_time(const tls::CertificateInfo &leaf) {
    return leaf.not_before + (leaf.not_after - leaf.not_before) / 3 * 2;
}

Result<tls::LeafRequest> renewed_request(const Old &old, const Options &options, tls::Time ca_not_after) {
    const tls::CertificateInfo &leaf = old.leaf();
    auto name = tls::common_name(leaf);
    if (!name)
        return std::move(name).error();
    tls::LeafRequest request{.common_name = std::move(*name),
                             .profile = tls::profile_of(leaf),
                             .dns_names = leaf.dns_names,
                             .ip_addresses = leaf.ip_addresses,
                             .key = options.key_kind};
    if (auto valid = set_validity(request, options.leaf, ca_not_after); !valid)
        return std::move(valid).error();
    if (!options.leaf.days && options.leaf.not_after.empty())
        request.not_after = std::min(ca_not_after, request.not_before + (leaf.not_after - leaf.not_before));
    return request;
}

Report not_due(const Old &old) {
    const tls::Time from = due_time(old.leaf());
    Report report;
    report.text = "Certificate " + old.certificate.string() + " is not due: " + validity_words(old.leaf()) +
                  ", to be renewed from " + format_time(from) + " on (now with --force).\n";
    report.json = {{"renewed", false},
                   {"certificate", old.certificate.string()},
                   {"private_key", old.key.string()},
                   {"leaf", certificate_json(old.leaf())},
                   {"due", format_time(from)}};
    return report;
}

Report renewed(const Old &old, const tls::LeafRequest &request, const tls::IssuedPair &pair,
               const Context &context) {
    const bool same_key = pair.info.spki_pin == old.leaf().spki_pin;
    auto lines = certificate_fields(pair.info);
    lines.insert(lines.begin(), {"private key", old.key.string() + (same_key ? ", as before" : ", new")});
    std::string next;
    if (request.profile != tls::Profile::client)
        next += "An agent that shows it takes the new one by itself; what is mounted goes on.\n";
    if (keys::IdentityStore(context.root).check_known(request.common_name))
        next += "The identity of that name takes it with: tlsctl identity update " + request.common_name +
                " --cert " + old.certificate.string() + " --key " + old.key.string() + "\n";
    Report report;
    report.text = "Certificate " + old.certificate.string() + "\n" + fields(lines) + "\n" + next;
    report.json = {{"renewed", true},
                   {"certificate", old.certificate.string()},
                   {"private_key", old.key.string()},
                   {"new_key", !same_key},
                   {"leaf", certificate_json(pair.info)},
                   {"replaced", certificate_json(old.leaf())}};
    return report;
}

/// Whether its CA has taken it back; errors when the key was lost and is to be kept.
Result<bool> is_revoked(const Old &old, const Options &options, const CaDirectory &ca,
                        const tls::CertificateInfo &ca_certificate) {
    const auto list = load_crl(ca, ca_certificate);
    if (!list)
        return list.error();
    const tls::Revocation *revocation = *list ? (*list)->find(old.leaf().serial) : nullptr;
    if (revocation != nullptr && revocation->reason == tls::RevocationReason::key_compromise &&
        !options.new_key)
        return Error{Stage::input, "key-compromised",
                     "the key in " + old.key.string() + " was revoked because others may have it"}
            .with("revoked", format_time(revocation->time))
            .advise("renew it with --new-key");
    return revocation != nullptr;
}

Result<Report> renew(const Options &options, const Context &context) {
    const CaDirectory ca = ca_directory(options.ca, context);
    auto own = ca.load_certificate();
    if (!own)
        return std::move(own).error();
    const tls::CertificateInfo &ca_certificate = own->chain.front();
    auto lock = ca.lock();
    if (!lock)
        return std::move(lock).error();
    auto old = read_old(options, context);
    if (!old)
        return std::move(old).error();
    const bool is_ours = tls::is_issued_by(old->leaf(), ca_certificate);
    if (!is_ours && !is_by_predecessor(old->leaf(), ca))
        return Error{Stage::input, "certificate-foreign",
                     old->certificate.string() + " is a certificate by another CA"}
            .with("issuer", old->leaf().issuer)
            .with("this CA", ca_certificate.subject)
            .advise("have that CA renew it, or name it with --ca-dir DIR");
    auto revoked = is_revoked(*old, options, ca, ca_certificate);
    if (!revoked)
        return std::move(revoked).error();
    const bool is_due = !is_ours || *revoked || std::chrono::system_clock::now() >= due_time(old->leaf());
    if (!is_due && !options.force && !options.new_key)
        return not_due(*old);
    auto request = renewed_request(*old, options, ca_certificate.not_after);
    if (!request)
        return std::move(request).error();
    auto material = ca.load(options.ca.passphrase);
    if (!material)
        return std::move(material).error();
    auto pair = options.new_key ? tls::issue(*request, material->certificate_pem, material->key_pem)
                                : tls::issue_with_key(*request, old->pair.private_key_pem,
                                                      material->certificate_pem, material->key_pem);
    if (!pair)
        return std::move(pair).error();
    if (auto recorded = record_issued(ca, pair->info); !recorded)
        return std::move(recorded).error();
    if (auto stored = store_pair(*pair, old->certificate, old->key, true); !stored)
        return std::move(stored).error();
    return renewed(*old, *request, *pair, context);
}

} // namespace

void add_cert_renew(Command parent, Context &context) {
    const Command command = add_command(
        parent, "renew", "Give a certificate a new validity: same names, same purpose, same key",
        "  tlsctl cert renew nfs1                       # from a timer: does nothing before it is due\n"
        "  tlsctl cert renew /srv/tls/nfs1.pem --key /srv/tls/nfs1.key --days 90\n"
        "  tlsctl cert renew client1 --new-key\n");
    const auto options = std::make_shared<Options>();
    command
        .add_option("NAME|FILE", options->word, "A NAME that cert issue was given, or the certificate's file")
        .type_name(" ")
        .required();
    command
        .add_option("--key", options->key,
                    "Its private key; default: the file beside it whose name ends in .key")
        .type_name("FILE");
    add_validity_options(command, options->leaf);
    const Option new_key = command.add_flag("--new-key", options->new_key, "With a new key, due or not");
    add_key_type(command, options->key_kind);
    command.get_option("--key-type").needs(new_key);
    add_ca_directory(command, options->ca);
    add_ca_passphrase(command, options->ca);
    command.add_flag("--force", options->force, "Also before two thirds of its time have passed");
    command.callback(
        [options, &context] { context.selected = [options, &context] { return renew(*options, context); }; });
}

} // namespace rpctls::tlsctl
