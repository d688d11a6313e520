// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "tlsctl/certificates/bundle_file.hpp"
#include "tlsctl/certificates/ca_directory.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/certificates/issued_certificates.hpp"
#include "tlsctl/certificates/leaf_options.hpp"
#include "tlsctl/certificates/new_files.hpp"
#include "tlsctl/cli/arguments.hpp"
#include "tlsctl/cli/table.hpp"

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string name;
    LeafOptions leaf;
    CaOptions ca;
    NewFiles out;
    std::filesystem::path certificate;
    std::filesystem::path key;
    tls::KeyKind key_kind = tls::KeyKind::ecdsa_p256;
    BundleOptions bundle;
    bool force = false;

    /// A bundle takes the key away with it: the two files are written as well only when somebody names a place.
    bool writes_files() const {
        return bundle.file.empty() || !out.directory.empty() || !certificate.empty();
    }
};

struct Destination {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

Result<Destination> destination(const Options &options, const std::string &name, const Context &context) {
    if (!options.certificate.empty())
        return Destination{options.certificate, options.key};
    const auto stem = stem_for(options.out, name, context);
    if (!stem)
        return stem.error();
    return Destination{stem->string() + ".pem", stem->string() + ".key"};
}

std::string next_step(const tls::LeafRequest &request, const Destination &files) {
    const std::string certificate = files.certificate.string();
    const std::string key = files.key.string();
    std::string text;
    if (request.profile != tls::Profile::client)
        text += "On the server, in /etc/rpctls/rpctls.conf:\n  [authenticate.server]\n  x509.certificate=" +
                certificate + "\n  x509.private_key=" + key + "\n";
    if (request.profile != tls::Profile::server)
        text += "On the client: tlsctl identity add " + request.common_name + " --cert " + certificate +
                " --key " + key + "\n";
    return text;
}

/// Where everything went, for the output.
struct Written {
    std::optional<Destination> files{};
    std::filesystem::path bundle{};
    BundlePassphrase passphrase{};
};

Result<Written> write(const tls::IssuedPair &pair, const Options &options, const std::string &name,
                      const std::vector<tls::CertificateInfo> &ca_chain, BundlePassphrase passphrase,
                      const Context &context) {
    Written written;
    if (options.writes_files()) {
        auto files = destination(options, name, context);
        if (!files)
            return std::move(files).error();
        if (auto stored = store_pair(pair, files->certificate, files->key, options.force); !stored)
            return std::move(stored).error();
        written.files = std::move(*files);
    }
    if (!options.bundle.file.empty()) {
        const tls::BundleContents contents{name, pair.certificate_pem, pair.private_key_pem.duplicate(),
                                           tls::to_pem({&ca_chain.back(), 1})};
        if (auto stored = write_bundle(contents, options.bundle.file, passphrase, options.force); !stored)
            return std::move(stored).error();
        written.bundle = options.bundle.file;
        written.passphrase = std::move(passphrase);
    }
    return written;
}

Report report(const tls::IssuedPair &pair, const tls::LeafRequest &request, const Written &written,
              const std::string &remark) {
    Report report;
    auto lines = certificate_fields(pair.info);
    report.json = {{"leaf", certificate_json(pair.info)}, {"names_defaulted", !remark.empty()}};
    std::string next;
    if (!written.bundle.empty()) {
        const std::string place = written.passphrase.file.string();
        lines.insert(lines.begin(), {"passphrase", place.empty() ? "" : place + " (send it another way)"});
        lines.insert(lines.begin(), {"bundle", written.bundle.string()});
        report.json["bundle"] = written.bundle.string();
        if (!place.empty())
            report.json["passphrase_file"] = place;
        next = "On its host: tlsctl setup client --server HOST --bundle " +
               written.bundle.filename().string() + "\n";
    }
    if (written.files) {
        lines.insert(lines.begin(), {"private key", written.files->key.string()});
        report.json["certificate"] = written.files->certificate.string();
        report.json["private_key"] = written.files->key.string();
        next += next_step(request, *written.files);
    }
    report.text = "Certificate " +
                  (written.files ? written.files->certificate.string() : request.common_name) + "\n" +
                  fields(lines) + "\n" + remark + next;
    return report;
}

Result<Report> issue(const Options &options, const Context &context) {
    if (options.certificate.empty() != options.key.empty())
        return usage_error("--cert and --key go together", "tlsctl cert issue --help");
    if (!options.certificate.empty() && options.certificate == options.key)
        return usage_error("--cert and --key name the same file", "give each a file of its own");
    const std::string name = options.name.empty() ? host_name() : options.name;
    const CaDirectory ca = ca_directory(options.ca, context);
    auto material = ca.load(options.ca.passphrase);
    if (!material)
        return std::move(material).error();
    tls::LeafRequest request{.common_name = name,
                             .profile = options.leaf.profile,
                             .dns_names = options.leaf.dns_names,
                             .ip_addresses = options.leaf.ip_addresses,
                             .key = options.key_kind};
    const std::string remark = set_default_names(request, name, context);
    if (auto valid = set_validity(request, options.leaf, material->chain.front().not_after); !valid)
        return std::move(valid).error();
    BundlePassphrase passphrase;
    if (!options.bundle.file.empty()) {
        auto chosen = choose_passphrase(options.bundle);
        if (!chosen)
            return std::move(chosen).error();
        passphrase = std::move(*chosen);
    }
    auto lock = ca.lock();
    if (!lock)
        return std::move(lock).error();
    auto pair = tls::issue(request, material->certificate_pem, material->key_pem);
    if (!pair)
        return std::move(pair).error();
    if (auto recorded = record_issued(ca, pair->info); !recorded)
        return std::move(recorded).error();
    auto written = write(*pair, options, name, material->chain, std::move(passphrase), context);
    if (!written) {
        (void)forget_issued(ca, pair->info); // nobody was given it
        return std::move(written).error();
    }
    return report(*pair, request, *written, remark);
}

} // namespace

void add_cert_issue(Command parent, Context &context) {
    const Command command = add_command(
        parent, "issue", "Make a key and a certificate that the CA signs",
        "  tlsctl cert issue nfs1 --profile server --dns nfs1.example --ip 192.0.2.7\n"
        "  tlsctl cert issue client1 --profile client --days 90\n"
        "  tlsctl cert issue client2 --profile client --bundle client2.p12\n"
        "  tlsctl cert issue nfs1 --profile server --dns nfs1.example --force   # anew, in place\n");
    const auto options = std::make_shared<Options>();
    command.add_option("NAME", options->name, "Common name and file name; default: this host's name")
        .type_name(" ");
    add_profile_option(command, options->leaf, "peer");
    add_name_options(command, options->leaf);
    add_validity_options(command, options->leaf);
    add_ca_directory(command, options->ca);
    add_ca_passphrase(command, options->ca);
    const Option out = add_out_option(command, options->out, "NAME.pem and NAME.key are");
    command.add_option("--cert", options->certificate, "Write the certificate here")
        .type_name("FILE")
        .excludes(out);
    command.add_option("--key", options->key, "Write the private key here").type_name("FILE").excludes(out);
    add_key_type(command, options->key_kind);
    add_bundle_options(command, options->bundle);
    command.add_flag("--force", options->force, "Replace files of the same names");
    command.callback(
        [options, &context] { context.selected = [options, &context] { return issue(*options, context); }; });
}

} // namespace rpctls::tlsctl
