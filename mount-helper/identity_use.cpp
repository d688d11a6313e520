// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/identity_use.hpp"

namespace rpctls::mount_helper {

namespace {

Error no_certificate(const Surroundings &surroundings, std::string what) {
    const auto &origin = surroundings.settings.origin;
    const std::string file = origin.empty() ? "/etc/rpctls/rpctls.conf" : origin.string();
    Error error{Stage::config, "client-certificate-missing", std::move(what), {}, {}};
    error.facts.push_back({"looked in", origin.empty() ? "no configuration file was found" : file});
    error.hint =
        "name an identity with tls_identity=NAME (tlsctl identity list shows them), or set x509.certificate "
        "and x509.private_key under [authenticate.client] in " +
        file;
    return error;
}

} // namespace

std::string to_string(const IdentityUse &use) {
    if (const auto *keys = std::get_if<ByKeySerials>(&use))
        return "keys " + keys->name;
    if (const auto *agent = std::get_if<ByAgent>(&use))
        return "agent " + agent->name;
    if (const auto *configured = std::get_if<ByConfiguration>(&use)) {
        if (const auto *name = std::get_if<std::string>(&configured->identity))
            return "configured " + *name;
        const auto &files = std::get<tls::IdentityFiles>(configured->identity);
        return "files " + files.certificate.string() + " " + files.private_key.string();
    }
    return "nothing";
}

Result<IdentityUse> decide_identity(const ProtectedMount &mount, const Surroundings &surroundings) {
    if (mount.protection == Protection::tls)
        return IdentityUse(NoIdentity{});
    if (mount.identity) {
        if (surroundings.kernel_takes_serials)
            return IdentityUse(ByKeySerials{*mount.identity});
        if (surroundings.agent_is_ours)
            return IdentityUse(ByAgent{*mount.identity});
        const auto agent =
            surroundings.agent_program.empty() ? "another program" : surroundings.agent_program;
        return Error{
            Stage::kernel,
            "identity-unsupported-by-agent",
            "this kernel cannot name an identity to its handshake agent, and the agent cannot be told either",
            {{"agent", agent}, {"asked", "tls_identity=" + *mount.identity}},
            "run rpctlsd as the agent (from a container its socket below /run/rpctls must be seen), or put "
            "the certificate into tlshd's configuration and mount without "
            "tls_identity="};
    }
    const auto &client = surroundings.settings.client;
    if (client.identity && surroundings.agent_is_ours)
        return IdentityUse(ByConfiguration{*client.identity});
    if (client.certificate && client.private_key)
        return IdentityUse(ByConfiguration{tls::IdentityFiles{*client.certificate, *client.private_key}});
    if (client.certificate || client.private_key)
        return no_certificate(surroundings, client.certificate
                                                ? "xprtsec=mtls needs the key of the client certificate"
                                                : "xprtsec=mtls needs the certificate of the client key");
    return no_certificate(surroundings, "xprtsec=mtls needs a client certificate, and none is named");
}

} // namespace rpctls::mount_helper
