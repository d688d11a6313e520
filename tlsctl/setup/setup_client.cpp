// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/client/resolve.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpc/tls/settings.hpp"
#include "tlsctl/setup/commands.hpp"
#include "tlsctl/setup/final_probe.hpp"
#include "tlsctl/setup/identity_step.hpp"
#include "tlsctl/setup/shared_steps.hpp"
#include "tlsctl/setup/units.hpp"

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string server;
    std::filesystem::path bundle;
    PassphraseSource passphrase{PassphraseSource::bundle_credential};
    std::string identity;
    std::string path = "/";
    std::string mount_point = "/mnt";
    bool no_takeover = false;
    bool no_probe = false;
    bool dry_run = false;
};

/// What the run is about, once the options have been understood.
struct Client {
    client::HostPort server;
    std::string identity;
    std::shared_ptr<const Bundle> bundle;
};

Result<Client> understand(const Options &options) {
    auto server = client::parse_host_port(options.server);
    if (!server)
        return usage_error(server.error().what, server.error().hint);
    if (!options.path.starts_with('/') || !options.mount_point.starts_with('/'))
        return usage_error("--path and --mount-point are absolute paths", "tlsctl setup client --help");
    auto bundle = open_bundle(options.bundle, options.passphrase);
    if (!bundle)
        return std::move(bundle).error();
    const std::string name = !options.identity.empty() ? options.identity : bundle->name;
    if (auto valid = keys::check_identity_name(name); !valid)
        return std::move(valid).error().advise("name it with --identity NAME");
    return Client{std::move(*server), name, std::make_shared<const Bundle>(std::move(*bundle))};
}

std::vector<Step> steps_for(const Client &client, const Options &options, const Context &context) {
    std::string authorities;
    for (const tls::CertificateInfo &ca : client.bundle->trust)
        authorities += (authorities.empty() ? "" : " and ") + ca.subject;
    std::vector<Step> steps{
        trust_step(
            tls::TrustRole::client,
            [bundle = client.bundle] { return Result<std::string>(bundle->trust_pem); },
            "trust " + authorities + " to certify servers", context),
        identity_step(client.bundle, client.identity, context),
        configuration_step({{"mount." + client.server.host, "identity", client.identity}},
                           "have mounts of " + client.server.host + " prove " + client.identity, context),
        unit_step("tlshd.service", Wanted::stopped, "let rpctlsd take tlshd's place", "", context),
        unit_step("rpctlsd.service", Wanted::running, "have the agent running, now and at boot",
                  "start rpctlsd, and have it started at boot before mounts", context),
        unit_step("rpctls-identities.service", Wanted::at_boot, "have identities restored at boot",
                  "run tlsctl identity restore --all at boot", context)};
    if (!options.no_takeover)
        steps.push_back(takeover_step(context));
    return steps;
}

/// With what is configured and stored now, as a mount would.
Result<tls::CredentialSources> credentials_for(const Client &client, const Context &context) {
    auto settings = tls::load_settings(std::nullopt, context.root);
    if (!settings)
        return std::move(settings).error();
    auto stored = keys::IdentityStore(context.root).load(client.identity);
    if (!stored)
        return std::move(stored).error();
    const auto chain = as_bytes(stored->chain_pem);
    tls::CredentialSources sources;
    sources.truststore = settings->client.truststore;
    sources.crl = settings->client.crl;
    sources.identity = tls::IdentityBytes{
        "identity " + client.identity, {chain.begin(), chain.end()}, std::move(stored->private_key_pem)};
    return sources;
}

void add_mount(Report &report, const Client &client, const Options &options) {
    const std::string &host = client.server.host;
    std::string mount_options = "xprtsec=mtls,tls_identity=" + client.identity;
    if (client.server.port)
        mount_options += ",port=" + std::to_string(*client.server.port);
    const std::string source =
        (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + options.path;
    const std::string type = options.no_takeover ? "nfstls" : "nfs";
    const std::string command =
        "mount -t " + type + " -o " + mount_options + " " + source + " " + options.mount_point;
    const std::string fstab =
        source + " " + options.mount_point + " " + type + " " + mount_options + ",_netdev 0 0";
    report.json["mount"] = {{"command", command}, {"fstab", fstab}};
    report.text += "\nMount:       " + command + "\n/etc/fstab:  " + fstab + "\n";
}

Result<Report> set_up(const Options &options, const Context &context) {
    const auto client = understand(options);
    if (!client)
        return client.error();
    const auto lock = lock_directory(context.root);
    if (!lock)
        return lock.error();
    const auto outcome = run_steps(steps_for(*client, options, context), options.dry_run);
    Report report = steps_report(outcome);
    report.json["identity"] = client->identity;
    report.json["server"] = client->server.host;
    report.json["dry_run"] = options.dry_run;
    if (outcome.error)
        return report;
    if (!options.no_probe)
        add_probe(report, {.server = client->server,
                           .title = "probe " + client->server.host + " as " + client->identity,
                           .credentials = [&] { return credentials_for(*client, context); },
                           .state = context.root != "/" ? StepState::left
                                    : options.dry_run   ? StepState::would
                                                        : StepState::done});
    add_mount(report, *client, options);
    return report;
}

} // namespace

void add_setup_client(Command parent, Context &context) {
    const Command command = add_command(
        parent, "client", "All that this host needs to mount from a server",
        "  tlsctl setup client --server nfs1.example --bundle client1.p12\n"
        "  tlsctl setup client --server nfs1.example --bundle client1.p12 --passphrase-file - --dry-run\n"
        "  tlsctl setup client --server nfs1.example --bundle client1.p12 --json |\n"
        "      jq -r .mount.fstab >>/etc/fstab\n");
    const auto options = std::make_shared<Options>();
    command.add_option("--server", options->server, "The server, named as in mounts")
        .type_name("HOST[:PORT]")
        .required();
    command
        .add_option("--bundle", options->bundle,
                    "What tlsctl cert issue --bundle made for this host (PKCS#12)")
        .type_name("FILE")
        .required();
    add_passphrase_options(command, options->passphrase, "", "the bundle");
    command
        .add_option("--identity", options->identity, "What to call it here; default: its name in the bundle")
        .type_name("NAME");
    command
        .add_option("--path", options->path,
                    "What will be mounted, for the lines that are printed; default /")
        .type_name("PATH");
    command.add_option("--mount-point", options->mount_point, "And where; default /mnt").type_name("DIR");
    command.add_flag("--no-takeover", options->no_takeover,
                     "Leave mount.nfs as it is: mounts take -t nfstls");
    command.add_flag("--no-probe", options->no_probe, "Do not try the server at the end");
    command.add_flag("--dry-run", options->dry_run, "Say what each step would do, and do nothing");
    command.callback([options, &context] {
        context.selected = [options, &context] { return set_up(*options, context); };
    });
}

} // namespace rpctls::tlsctl
