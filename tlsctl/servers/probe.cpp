// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/text.hpp"
#include "rpc/client/preflight.hpp"
#include "rpc/client/resolve.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpc/tls/settings.hpp"
#include "tlsctl/servers/probe_report.hpp"
#include "tlsctl/servers/rpc_program.hpp"
#include "tlsctl/servers/scan.hpp"

#include <unistd.h>

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::vector<std::string> hosts;
    std::optional<std::string> hosts_file;
    ScanOptions scan;
    bool starttls_only = false;
    std::string program = "nfs";
    std::optional<std::uint32_t> version;
    std::optional<std::string> ca;
    std::optional<std::string> identity;
    std::optional<std::string> certificate;
    std::optional<std::string> key;
    std::optional<std::string> server_name;
    double timeout = 8;
};

/// What a mount here would go by; nothing of it where the CA is named instead, or no handshake is made.
Result<tls::Settings> settings_for(const Options &options, const Context &context) {
    if (options.ca || options.starttls_only)
        return tls::Settings{};
    return tls::load_settings(std::nullopt, context.root);
}

Result<std::shared_ptr<const tls::Credentials>>
credentials_for(const Options &options, const tls::Settings &settings, const Context &context) {
    tls::CredentialSources sources;
    sources.truststore = settings.client.truststore;
    sources.crl = settings.client.crl;
    if (options.ca)
        sources.truststore = *options.ca;
    if (options.certificate && options.key)
        sources.identity = tls::IdentityFiles{*options.certificate, *options.key};
    if (options.identity) {
        auto stored = keys::IdentityStore(context.root).load(*options.identity);
        if (!stored)
            return std::move(stored).error();
        const auto chain = as_bytes(stored->chain_pem);
        sources.identity = tls::IdentityBytes{
            "identity " + stored->name, {chain.begin(), chain.end()}, std::move(stored->private_key_pem)};
    }
    return tls::Credentials::load(std::move(sources));
}

/// What all servers are asked alike.
Result<client::PreflightRequest> common_request(const Options &options, const RpcProgram &program,
                                                const tls::Settings &settings, const Context &context) {
    client::PreflightRequest request;
    request.program = program.number;
    request.version = options.version.value_or(program.version);
    request.server_name = options.server_name;
    request.timeout = std::chrono::milliseconds(static_cast<int>(options.timeout * 1000));
    request.stage_timeout = request.timeout / 2;
    request.probe_only = options.starttls_only;
    if (options.starttls_only)
        return request;
    auto credentials = credentials_for(options, settings, context);
    if (!credentials)
        return std::move(credentials).error();
    request.credentials = std::move(*credentials);
    request.present_identity = request.credentials->has_identity();
    return request;
}

Result<std::vector<ProbeTarget>> targets_of(const Options &options, const client::PreflightRequest &common,
                                            const tls::ServerPins &pins, std::uint16_t fallback_port) {
    std::vector<std::string> typed = options.hosts;
    if (options.hosts_file) {
        auto more = read_targets(*options.hosts_file);
        if (!more)
            return std::move(more).error();
        typed.insert(typed.end(), more->begin(), more->end());
    }
    if (typed.empty())
        return usage_error("no server to probe", "name one, or give --hosts FILE");
    std::vector<ProbeTarget> targets;
    for (const std::string &each : typed) {
        auto target = probe_target(each, common, fallback_port);
        if (!target)
            return std::move(target).error();
        client::PreflightRequest &request = target->request;
        request.pins = pins.of(request.server_name.value_or(request.host));
        targets.push_back(std::move(*target));
    }
    return targets;
}

Result<Report> probe(const Options &options, const Context &context) {
    const auto program = find_rpc_program(options.program);
    if (!program)
        return program.error();
    const auto settings = settings_for(options, context);
    if (!settings)
        return settings.error();
    const auto common = common_request(options, *program, *settings, context);
    if (!common)
        return common.error();
    auto targets = targets_of(options, *common, settings->server_pins, program->port.value_or(0));
    if (!targets)
        return std::move(targets).error();
    const bool is_scan =
        targets->size() > 1 || options.hosts_file || options.scan.all_addresses || options.scan.repeat > 1;
    if (!is_scan)
        return probe_report(targets->front().request, client::preflight(targets->front().request));
    ScanOptions scan_options = options.scan;
    scan_options.show_progress = !context.json && ::isatty(STDERR_FILENO) == 1;
    return scan(std::move(*targets), scan_options);
}

} // namespace

void add_probe(Command parent, Context &context) {
    const Command command =
        add_command(parent, "probe", "Whether an RPC server offers TLS, and whether it works from here",
                    "  tlsctl probe nfs1.example\n"
                    "  tlsctl probe nfs1.example --identity nfs-client\n"
                    "  tlsctl probe nfs1.example --all --repeat 10\n"
                    "  tlsctl probe --hosts servers --starttls-only --json | jq .verdicts\n"
                    "  tlsctl probe [2001:db8::7]:20049 --program nfs --vers 3 --ca ca.pem --json\n");
    const auto options = std::make_shared<Options>();
    command.add_option("host", options->hosts, "The servers: HOST, HOST:PORT or [IPV6]:PORT")
        .type_name("HOST[:PORT]");
    command.add_option("--hosts", options->hosts_file, "And those of this file, one a line (- for stdin)")
        .type_name("FILE|-");
    command.add_flag("--all", options->scan.all_addresses, "Each address of each name by itself");
    command
        .add_option("--repeat", options->scan.repeat,
                    "So many times each, with the least, median and most time")
        .type_name("N")
        .between(1, 10000);
    command.add_option("--parallel", options->scan.parallel, "So many servers at a time; default 64")
        .type_name("N")
        .between(1, 512);
    command.add_flag("--starttls-only", options->starttls_only, "Only whether TLS is offered; no handshake");
    command.add_option("--program", options->program, "The RPC program, by number or name")
        .type_name("N")
        .capture_default_str();
    command.add_option("--vers", options->version, "Its version (nfs: 4)").type_name("N");
    command.add_option("--ca", options->ca, "CA certificates to trust, instead of the configured ones")
        .type_name("FILE");
    const Option identity =
        command.add_option("--identity", options->identity, "Prove this named identity when asked")
            .type_name("NAME");
    const Option certificate =
        command.add_option("--cert", options->certificate, "Prove this certificate when asked")
            .type_name("FILE");
    const Option key =
        command.add_option("--key", options->key, "The private key to --cert").type_name("FILE");
    certificate.needs(key).excludes(identity);
    key.needs(certificate).excludes(identity);
    command
        .add_option("--server-name", options->server_name, "The name its certificate must have, if not HOST")
        .type_name("NAME");
    command.add_option("--timeout", options->timeout, "Seconds for everything with one server together")
        .type_name("S")
        .between(0.1, 300.0)
        .capture_default_str();
    command.callback(
        [options, &context] { context.selected = [options, &context] { return probe(*options, context); }; });
}

} // namespace rpctls::tlsctl
