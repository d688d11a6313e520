// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"
#include "tlsctl/certificates/bundle_file.hpp"
#include "tlsctl/certificates/ca_directory.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/arguments.hpp"
#include "tlsctl/cli/table.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace rpctls::tlsctl {

namespace {

constexpr const char *default_certificate_directory = "/etc/rpctls/certs";

constexpr int default_days = 365;

struct Options {
    std::string name;
    tls::Profile profile = tls::Profile::peer;
    std::vector<std::string> dns_names;
    std::vector<std::string> ip_addresses;
    std::optional<int> days;
    std::string not_before;
    std::string not_after;
    std::filesystem::path ca_directory;
    std::filesystem::path out_directory;
    std::filesystem::path certificate;
    std::filesystem::path key;
    tls::KeyKind key_kind = tls::KeyKind::ecdsa_p256;
    BundleOptions bundle;
    bool force = false;

    /// A bundle takes the key away with it: the two files are written as well only when somebody names a place.
    bool writes_files() const {
        return bundle.file.empty() || !out_directory.empty() || !certificate.empty();
    }
};

struct Destination {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

Result<Destination> destination(const Options &options, const std::string &name, const Context &context) {
    if (!options.certificate.empty())
        return Destination{options.certificate, options.key};
    // The name becomes a file name, and an identity's name later on: one rule for all of them.
    if (auto valid = keys::check_identity_name(name); !valid)
        return std::move(valid).error();
    const bool typed = !options.out_directory.empty();
    const auto directory = typed ? options.out_directory : context.below_root(default_certificate_directory);
    if (auto made = make_directory(directory, 0755); !made)
        return std::move(made).error();
    return Destination{directory / (name + ".pem"), directory / (name + ".key")};
}

/// Fills in the validity. What was not asked for ends with the CA at the latest; what was asked for is left to
/// issue(), which refuses more than the CA can give.
Status set_validity(tls::LeafRequest &request, const Options &options, tls::Time ca_not_after) {
    const tls::Time now = std::chrono::system_clock::now();
    request.not_before = now - tls::clock_skew;
    if (!options.not_before.empty()) {
        auto time = parse_time(options.not_before, "--not-before");
        if (!time)
            return std::move(time).error();
        request.not_before = *time;
    }
    if (!options.not_after.empty()) {
        auto time = parse_time(options.not_after, "--not-after");
        if (!time)
            return std::move(time).error();
        request.not_after = *time;
        return {};
    }
    const tls::Time start = options.not_before.empty() ? now : request.not_before;
    const auto lifetime = std::chrono::hours(24) * options.days.value_or(default_days);
    request.not_after = start + std::min<tls::Time::duration>(lifetime, tls::Time::max() - start);
    if (!options.days)
        request.not_after = std::min(request.not_after, ca_not_after);
    return {};
}

/// A server's names when none were given: the NAME, else this host's. Returns a remark for the output.
std::string set_default_names(tls::LeafRequest &request, const Options &options) {
    if (request.profile == tls::Profile::client || !request.dns_names.empty() ||
        !request.ip_addresses.empty())
        return {};
    request.dns_names.push_back(options.name.empty() ? host_name() : options.name);
    return "No --dns or --ip was given: the certificate has " +
           std::string(options.name.empty() ? "this host's name" : "the NAME") + ", " +
           printable(request.dns_names.front()) +
           ", as its only name. Clients that mount by another name or by address will refuse it.\n";
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
    const CaDirectory ca(options.ca_directory.empty() ? context.below_root(default_ca_directory)
                                                      : options.ca_directory);
    auto material = ca.load();
    if (!material)
        return std::move(material).error();
    auto ca_chain = tls::parse_chain(as_bytes(material->certificate_pem), ca.certificate().string());
    if (!ca_chain)
        return std::move(ca_chain).error();

    tls::LeafRequest request{.common_name = name,
                             .profile = options.profile,
                             .dns_names = options.dns_names,
                             .ip_addresses = options.ip_addresses,
                             .key = options.key_kind};
    const std::string remark = set_default_names(request, options);
    if (auto valid = set_validity(request, options, ca_chain->front().not_after); !valid)
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
    auto written = write(*pair, options, name, *ca_chain, std::move(passphrase), context);
    if (!written)
        return std::move(written).error();
    return report(*pair, request, *written, remark);
}

} // namespace

void add_cert_issue(CLI::App &parent, Context &context) {
    CLI::App &command = add_command(
        parent, "issue", "Make a key and a certificate that the CA signs",
        "  tlsctl cert issue nfs1 --profile server --dns nfs1.example --ip 192.0.2.7\n"
        "  tlsctl cert issue client1 --profile client --days 90\n"
        "  tlsctl cert issue client2 --profile client --bundle client2.p12\n"
        "  tlsctl cert issue nfs1 --profile server --dns nfs1.example --force   # renew in place\n");
    const auto options = std::make_shared<Options>();
    command.add_option("NAME", options->name, "Common name and file name; default: this host's name")
        ->type_name(" ");
    const auto choose_profile = [options](const std::string &word) {
        if (word == "server")
            options->profile = tls::Profile::server;
        else if (word == "client")
            options->profile = tls::Profile::client;
        else if (word == "peer")
            options->profile = tls::Profile::peer;
        else
            reject_choice("--profile", word, "server, client, peer");
    };
    command
        .add_option_function<std::string>("--profile", choose_profile,
                                          "server, client or peer (both; the default)")
        ->type_name("ROLE");
    command.add_option("--dns", options->dns_names, "A host name that clients use; repeat for more")
        ->type_name("HOST")
        ->allow_extra_args(false);
    command.add_option("--ip", options->ip_addresses, "An address that clients use; repeat for more")
        ->type_name("ADDRESS")
        ->allow_extra_args(false);
    auto *days =
        command
            .add_option("--days", options->days, "How long it is valid; default 365, the CA's end at most")
            ->type_name("N")
            ->check(CLI::Range(1, 36500).description(""));
    command.add_option("--not-before", options->not_before, "Valid from, in UTC; default five minutes ago")
        ->type_name("TIME");
    command.add_option("--not-after", options->not_after, "Valid until, in UTC")
        ->type_name("TIME")
        ->excludes(days);
    command.add_option("--ca-dir", options->ca_directory, "Where the CA is kept; default /etc/rpctls/ca")
        ->type_name("DIR");
    auto *out = command
                    .add_option("--out", options->out_directory,
                                "Where NAME.pem and NAME.key are written; default /etc/rpctls/certs")
                    ->type_name("DIR");
    command.add_option("--cert", options->certificate, "Write the certificate here")
        ->type_name("FILE")
        ->excludes(out);
    command.add_option("--key", options->key, "Write the private key here")->type_name("FILE")->excludes(out);
    add_key_type(command, options->key_kind);
    add_bundle_options(command, options->bundle);
    command.add_flag("--force", options->force, "Replace files of the same names");
    command.callback(
        [options, &context] { context.selected = [options, &context] { return issue(*options, context); }; });
}

} // namespace rpctls::tlsctl
