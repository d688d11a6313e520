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

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string host;
    std::string program = "nfs";
    std::optional<std::uint32_t> version;
    std::optional<std::string> ca;
    std::optional<std::string> identity;
    std::optional<std::string> certificate;
    std::optional<std::string> key;
    std::optional<std::string> server_name;
    double timeout = 8;
};

Result<std::shared_ptr<const tls::Credentials>> credentials_for(const Options &options,
                                                                const Context &context) {
    tls::CredentialSources sources;
    if (options.ca) {
        sources.truststore = *options.ca;
    } else {
        auto settings = tls::load_settings(std::nullopt, context.root);
        if (!settings)
            return std::move(settings).error();
        sources.truststore = settings->client.truststore;
        sources.crl = settings->client.crl;
    }
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

Result<Report> probe(const Options &options, const Context &context) {
    auto program = find_rpc_program(options.program);
    if (!program)
        return std::move(program).error();
    auto target = client::parse_host_port(options.host);
    if (!target)
        return usage_error(target.error().what, target.error().hint);
    if (!target->port)
        target->port = program->port;
    if (!target->port)
        return usage_error("program " +
                               (program->name.empty() ? std::to_string(program->number) : program->name) +
                               " has no fixed port",
                           "give HOST:PORT; rpcinfo -p HOST lists the ports");
    auto credentials = credentials_for(options, context);
    if (!credentials)
        return std::move(credentials).error();

    client::PreflightRequest request;
    request.host = target->host;
    request.port = *target->port;
    request.program = program->number;
    request.version = options.version.value_or(program->version);
    request.server_name = options.server_name;
    request.credentials = std::move(*credentials);
    request.present_identity = request.credentials->has_identity();
    request.timeout = std::chrono::milliseconds(static_cast<int>(options.timeout * 1000));
    request.stage_timeout = request.timeout / 2;
    return probe_report(request, client::preflight(request));
}

} // namespace

void add_probe(Command parent, Context &context) {
    const Command command =
        add_command(parent, "probe", "Whether an RPC server offers TLS, and whether it works from here",
                    "  tlsctl probe nfs1.example\n"
                    "  tlsctl probe nfs1.example --identity nfs-client\n"
                    "  tlsctl probe [2001:db8::7]:20049 --program nfs --vers 3 --ca ca.pem --json\n");
    const auto options = std::make_shared<Options>();
    command.add_option("host", options->host, "The server: HOST, HOST:PORT or [IPV6]:PORT")
        .type_name("HOST[:PORT]")
        .required();
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
    command.add_option("--timeout", options->timeout, "Seconds for everything together")
        .type_name("S")
        .between(0.1, 300.0)
        .capture_default_str();
    command.callback(
        [options, &context] { context.selected = [options, &context] { return probe(*options, context); }; });
}

} // namespace rpctls::tlsctl
