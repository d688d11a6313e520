// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/session.hpp"
#include "rpctls/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

/// The agent's handshake service for programs, on its control socket (rpc/client/agent_control.hpp): both ends of the
/// protocol, without I/O. One message asks, with exactly one descriptor beside it (SCM_RIGHTS), a connected TCP socket on
/// which nothing of TLS was said yet:
///   {"op":"handshake",
///    "role":"client"|"server",
///    "server":NAME,                             client: the name or literal the server must prove (RFC 9289 5.2.1)
///    "present":"nothing"|"configured"|"named",  the own certificate: none, that of the agent's settings, an identity
///    "identity":NAME,                           with "named"
///    "require_client_certificate":BOOL,         server; absent: false, a client is asked and may have none
///    "alpn":"compatible"|"strict"|"none",       absent: compatible; see AlpnPolicy
///    "protocol":NAME,                           what ALPN is to agree on; absent: sunrpc
///    "timeout":MILLISECONDS}                    absent: 10000; at most 60000
/// A member that nobody knows is refused, so that nothing asked for is left out in silence.
///
/// The socket stays with the program; the agent has it on loan and answers when it is done with it:
///   {"ok":true,"session":{"version","cipher","group","signature","alpn":TEXT|null,"certificate_requested",
///    "certificate_sent","peer_authenticated","peer_chain":PEM,"tags":[TEXT,…],"channel_binding":HEX}}
///        the kernel seals and opens what is written and read from now on
///   {"ok":false,"error":{…}}
///        refused; nothing was read from the socket or written to it
///   {"ok":false,"error":{…},"socket":"ended"}
///        begun and failed: the connection is shut down, the socket good for close(2) only
/// Whoever asks and goes away before the answer ends the connection too: nobody could know what it is worth.
namespace rpctls::client {

struct AgentHandshakeRequest {
    enum class Role { client, server };
    enum class Present { nothing, configured, named };

    Role role = Role::client;
    std::string server_name; ///< client only
    Present present = Present::nothing;
    std::string identity;                    ///< with Present::named
    bool require_client_certificate = false; ///< server only
    tls::AlpnPolicy alpn = tls::AlpnPolicy::compatible;
    std::string protocol = "sunrpc";
    std::chrono::milliseconds timeout{10000};
};

/// More is refused: each handshake that is under way costs the agent something.
inline constexpr std::chrono::milliseconds longest_agent_handshake{60000};

/// An answer may hold the longest chain that a session takes, as PEM.
inline constexpr std::size_t largest_agent_session = 192 * 1024;

struct AgentSession {
    tls::SessionFacts facts;
    std::vector<std::byte> channel_binding; ///< tls-exporter, RFC 9266
};

nlohmann::json to_json(const AgentHandshakeRequest &request);
/// Errors (stage input): control-request-invalid with the reason.
Result<AgentHandshakeRequest> agent_handshake_request(const nlohmann::json &object);

/// The member "session".
nlohmann::json to_json(const AgentSession &session);
/// Error (stage kernel): agent-answer-malformed.
Result<AgentSession> agent_session(const nlohmann::json &object);

} // namespace rpctls::client
