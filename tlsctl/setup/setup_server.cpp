// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/kernel/export_client.hpp"
#include "rpc/keys/identity.hpp"
#include "tlsctl/cli/arguments.hpp"
#include "tlsctl/exports/export_protection_option.hpp"
#include "tlsctl/setup/certificate_steps.hpp"
#include "tlsctl/setup/commands.hpp"
#include "tlsctl/setup/export_steps.hpp"
#include "tlsctl/setup/final_probe.hpp"
#include "tlsctl/setup/shared_steps.hpp"
#include "tlsctl/setup/units.hpp"

namespace rpctls::tlsctl {

namespace {

constexpr const char *certificate_directory = "/etc/rpctls/certs";
constexpr const char *default_bundle_directory = "/etc/rpctls/bundles";

struct Options {
    CaOptions ca;
    bool new_ca = false;
    std::string ca_name;
    std::string name;
    LeafOptions leaf{.profile = tls::Profile::server};
    ExportRequest exported;
    std::vector<std::string> bundles;
    std::filesystem::path bundle_directory;
    PassphraseSource passphrase{PassphraseSource::bundle_credential};
    bool no_probe = false;
    bool dry_run = false;
};

/// Before anything is done: what could not work whatever the steps do.
Status check(const Options &options, const Context &context) {
    for (const std::string &client : options.exported.clients)
        if (auto valid = kernel::parse_export_client(client); !valid)
            return std::move(valid).error();
    if (auto valid = keys::check_identity_name(options.name); !valid)
        return std::move(valid).error().advise("name the certificate's files with --name NAME");
    for (const std::string &bundle : options.bundles)
        if (auto valid = keys::check_identity_name(bundle); !valid)
            return valid;
    const auto &path = options.exported.path;
    std::error_code failure;
    if (!path.is_absolute() || !std::filesystem::is_directory(context.below_root(path), failure))
        return Error{Stage::input, "export-path-invalid",
                     printable(path.string()) + " is no directory to export"}
            .advise("make it first, and give its absolute path");
    return {};
}

WantedCertificate server_certificate(const Options &options, const Context &context) {
    const auto directory = context.below_root(certificate_directory);
    return {.name = options.name,
            .leaf = options.leaf,
            .certificate = directory / (options.name + ".pem"),
            .key = directory / (options.name + ".key")};
}

/// As the configured system sees them, wherever its root is now.
std::vector<Setting> settings(const Options &options) {
    const std::string file = std::string(certificate_directory) + "/" + options.name;
    return {{"authenticate.server", "x509.certificate", file + ".pem"},
            {"authenticate.server", "x509.private_key", file + ".key"}};
}

std::vector<Step> steps_for(const Options &options, const std::shared_ptr<Authority> &authority,
                            std::shared_ptr<const std::optional<Secret>> passphrase, const Context &context) {
    const std::string ca_name =
        options.ca_name.empty() ? ("NFS CA of " + host_name()).substr(0, 64) : options.ca_name;
    std::vector<Step> steps{
        ca_step(authority, options.new_ca, ca_name),
        server_certificate_step(authority, server_certificate(options, context), context),
        trust_step(
            tls::TrustRole::server, [authority] { return authority->root_pem(); },
            "trust that CA to certify clients", context),
        configuration_step(settings(options), "have the agent prove that certificate", context)};
    const auto bundles = options.bundle_directory.empty() ? context.below_root(default_bundle_directory)
                                                          : options.bundle_directory;
    for (const std::string &name : options.bundles)
        steps.push_back(bundle_step(authority, name, bundles / (name + ".p12"), passphrase));
    steps.push_back(
        unit_step("tlshd.service", Wanted::stopped, "let rpctlsd take tlshd's place", "", context));
    steps.push_back(unit_step("rpctlsd.service", Wanted::running, "have the agent running, now and at boot",
                              "start rpctlsd, and have it started at boot before nfsd", context));
    steps.push_back(export_step(options.exported, context));
    steps.push_back(port_step(context));
    steps.push_back(unit_step("nfs-server.service", Wanted::running, "have nfsd running, now and at boot",
                              "start nfsd, and have it started at boot", context));
    return steps;
}

/// As clients are to call it.
std::string server_name(const Options &options) {
    return options.leaf.dns_names.empty() ? options.name : options.leaf.dns_names.front();
}

void add_next(Report &report, const Options &options, const Context &context) {
    const auto directory = options.bundle_directory.empty() ? context.below_root(default_bundle_directory)
                                                            : options.bundle_directory;
    report.json["bundles"] = nlohmann::json::array();
    if (options.bundles.empty()) {
        report.text += "\nFor each client: tlsctl cert issue NAME --profile client --bundle NAME.p12\n";
        return;
    }
    report.text += "\nTake each client its bundle, and the passphrase beside it another way; then there:\n";
    for (const std::string &name : options.bundles) {
        const std::string file = (directory / (name + ".p12")).string();
        report.json["bundles"].push_back({{"name", name}, {"bundle", file}});
        report.text +=
            "  tlsctl setup client --server " + server_name(options) + " --bundle " + name + ".p12\n";
    }
}

Result<Report> set_up(Options options, const Context &context) {
    if (options.name.empty())
        options.name = host_name();
    if (auto valid = check(options, context); !valid)
        return std::move(valid).error();
    std::optional<Secret> passphrase;
    if (!options.bundles.empty() && !options.dry_run) {
        auto given = read_passphrase(options.passphrase);
        if (!given)
            return std::move(given).error();
        passphrase = std::move(*given);
    }
    const auto lock = lock_directory(context.root);
    if (!lock)
        return lock.error();
    const auto authority = std::make_shared<Authority>(options.ca, context);
    const auto shared = std::make_shared<const std::optional<Secret>>(std::move(passphrase));
    const auto outcome = run_steps(steps_for(options, authority, shared, context), options.dry_run);
    Report report = steps_report(outcome);
    report.json["dry_run"] = options.dry_run;
    report.json["certificate"] = server_certificate(options, context).certificate.string();
    report.json["ca"] = authority->directory().certificate().string();
    if (outcome.error)
        return report;
    // Without systemd nobody has started nfsd yet.
    if (!options.no_probe && systemd_runs(context))
        add_probe(report, {.server = {server_name(options), {}},
                           .title = "probe this server",
                           .credentials = [&]() -> Result<tls::CredentialSources> {
                               tls::CredentialSources sources;
                               sources.truststore = authority->directory().certificate();
                               return sources;
                           },
                           .state = options.dry_run ? StepState::would : StepState::done});
    add_next(report, options, context);
    return report;
}

} // namespace

void add_setup_server(Command parent, Context &context) {
    const Command command = add_command(
        parent, "server", "All that this host needs to serve NFS with TLS",
        "  tlsctl setup server --new-ca --export /srv/data --clients 192.0.2.0/24 --client-bundle client1\n"
        "  tlsctl setup server --ca-dir /media/safe/ca --export /srv/data --clients '*.example' --dry-run\n");
    const auto options = std::make_shared<Options>();
    add_ca_directory(command, options->ca);
    add_ca_passphrase(command, options->ca);
    command.add_flag("--new-ca", options->new_ca, "Make the CA when there is none yet");
    command.add_option("--ca-name", options->ca_name, "A new CA's common name; default \"NFS CA of HOST\"")
        .type_name("CN");
    command
        .add_option("--name", options->name,
                    "Common name and file name of the certificate; default: this host's name")
        .type_name("NAME");
    add_name_options(command, options->leaf);
    add_validity_options(command, options->leaf);
    command.add_option("--export", options->exported.path, "The directory to export")
        .type_name("PATH")
        .required();
    command
        .add_option("--clients", options->exported.clients,
                    "Who may mount it, and nobody else: hosts, addresses, networks, *.example, @netgroup, *")
        .type_name("SPEC ...")
        .required();
    add_protection(command, options->exported.protection);
    command.add_option("--options", options->exported.options, "The export's other options, as in exports(5)")
        .type_name("LIST")
        .capture_default_str();
    command.add_option("--client-bundle", options->bundles, "Make a bundle for this client; repeat for more")
        .type_name("NAME")
        .allow_extra_args(false);
    command
        .add_option("--bundle-dir", options->bundle_directory,
                    "Where bundles go; default /etc/rpctls/bundles")
        .type_name("DIR");
    add_passphrase_options(command, options->passphrase, "", "new bundles");
    command.add_flag("--no-probe", options->no_probe, "Do not try the server at the end");
    command.add_flag("--dry-run", options->dry_run, "Say what each step would do, and do nothing");
    command.callback([options, &context] {
        context.selected = [options, &context] { return set_up(*options, context); };
    });
}

} // namespace rpctls::tlsctl
