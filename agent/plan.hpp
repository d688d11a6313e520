// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/handshake.hpp"
#include "rpc/tls/session.hpp"
#include "rpctls/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace rpctls::agent {

enum class Role { client, server };
std::string_view to_string(Role role);

/// Whose certificate is presented.
struct NoIdentity {};
struct ConfiguredIdentity {}; ///< the one in rpctls.conf for the role
struct NamedIdentity {        ///< one that the mount helper registered for the server
    std::string name;
};
struct KeyIdentity { ///< the kernel's own choice (cert_serial=, privkey_serial=)
    kernel::CertificateSerials serials;
};
struct PskIdentity {
}; ///< a pre-shared key: the one that the kernel names, or a server's by the client's offer
using IdentityChoice = std::variant<NoIdentity, ConfiguredIdentity, NamedIdentity, KeyIdentity, PskIdentity>;

/// "none", "configured", "identity NAME", "keys CERTIFICATE PRIVATE-KEY", "pre-shared key"
std::string to_string(const IdentityChoice &choice);

/// What a request amounts to.
struct Plan {
    Role role = Role::client;
    IdentityChoice identity;
    /// Client: the reference identity of the server, a name or a literal. Empty for servers.
    std::string server_name;
    std::chrono::milliseconds time{};
    /// What a program asks for; the kernel leaves it to the settings.
    std::optional<tls::AlpnPolicy> alpn;
    std::string protocol = "sunrpc";
    bool require_client_certificate = false;
};

/// nfsd waits 5 s and the NFS client 10 s; neither says so in its request. Nothing is given longer than `longest`.
inline constexpr std::chrono::milliseconds server_time{5000};
inline constexpr std::chrono::milliseconds client_time{10000};
inline constexpr std::chrono::milliseconds longest_time{60000};

/// Pure. `peer_address` is the literal that the socket is connected to: the reference identity when the kernel names
/// no peer, since a name looked up in the DNS proves nothing. `registered` is the identity chosen for this server
/// through the control socket. Errors (stage keyring or input): request-invalid, keys-incomplete.
Result<Plan> make_plan(const kernel::HandshakeRequest &request, std::string_view peer_address,
                       std::optional<std::string> registered);

} // namespace rpctls::agent
