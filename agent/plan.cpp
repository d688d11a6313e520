// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/plan.hpp"

#include <algorithm>

namespace rpctls::agent {

namespace {

using kernel::AuthMode;
using kernel::MessageType;

Error refusal(Stage stage, std::string name, std::string what) {
    Error error;
    error.stage = stage;
    error.name = std::move(name);
    error.what = std::move(what);
    return error;
}

Result<IdentityChoice> choose_identity(const kernel::HandshakeRequest &request,
                                       std::optional<std::string> registered) {
    if (!request.certificates.empty()) {
        const kernel::CertificateSerials serials = request.certificates.front();
        if (serials.certificate == 0 || serials.private_key == 0)
            return refusal(Stage::keyring, "keys-incomplete", "the mount names a certificate without its key")
                .with("cert_serial", std::to_string(serials.certificate))
                .with("privkey_serial", std::to_string(serials.private_key))
                .advise("give both cert_serial= and privkey_serial=");
        return IdentityChoice(KeyIdentity{serials});
    }
    if (registered)
        return IdentityChoice(NamedIdentity{std::move(*registered)});
    return IdentityChoice(ConfiguredIdentity{});
}

} // namespace

std::string to_string(const IdentityChoice &choice) {
    struct Words {
        std::string operator()(const NoIdentity &) const { return "none"; }
        std::string operator()(const ConfiguredIdentity &) const { return "configured"; }
        std::string operator()(const NamedIdentity &named) const { return "identity " + named.name; }
        std::string operator()(const KeyIdentity &keys) const {
            return "keys " + std::to_string(keys.serials.certificate) + " " +
                   std::to_string(keys.serials.private_key);
        }
        std::string operator()(const PskIdentity &) const { return "pre-shared key"; }
    };
    return std::visit(Words{}, choice);
}

std::string_view to_string(Role role) {
    return role == Role::client ? "client" : "server";
}

Result<Plan> make_plan(const kernel::HandshakeRequest &request, std::string_view peer_address,
                       std::optional<std::string> registered) {
    Plan plan;
    if (request.type == MessageType::client_hello)
        plan.role = Role::client;
    else if (request.type == MessageType::server_hello)
        plan.role = Role::server;
    else
        return refusal(Stage::input, "request-invalid", "the kernel asks for a handshake of an unknown kind")
            .with("message-type", std::to_string(static_cast<unsigned>(request.type)));

    plan.time = request.timeout;
    if (plan.time <= std::chrono::milliseconds::zero())
        plan.time = plan.role == Role::client ? client_time : server_time;
    plan.time = std::min(plan.time, longest_time);

    if (plan.role == Role::client)
        plan.server_name = request.peer_name.empty() ? std::string(peer_address) : request.peer_name;

    if (request.auth_mode == AuthMode::psk) {
        if (plan.role == Role::client && request.peer_identities.empty())
            return refusal(Stage::keyring, "keys-incomplete", "the request names no pre-shared key");
        plan.identity = PskIdentity{};
        return plan;
    }
    if (plan.role == Role::client && request.auth_mode == AuthMode::unauthenticated) {
        plan.identity = NoIdentity{};
        return plan;
    }
    if (plan.role == Role::client && request.auth_mode != AuthMode::x509)
        return refusal(Stage::input, "request-invalid", "the kernel asks for an unknown way to authenticate")
            .with("auth-mode", std::to_string(static_cast<unsigned>(request.auth_mode)));
    // What a mount helper registered is about servers that we are a client of.
    if (plan.role == Role::server)
        registered.reset();
    auto identity = choose_identity(request, std::move(registered));
    if (!identity)
        return std::move(identity).error();
    plan.identity = std::move(*identity);
    return plan;
}

} // namespace rpctls::agent
