// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rpctls::client {

/// The agent's control socket: SOCK_SEQPACKET, one JSON object each way, at most 64 KiB. Requests:
///   {"op":"status"}
///   {"op":"use-identity","server":NAME,"identity":NAME}      root only
///   {"op":"last-failure","server":NAME}
/// Answers: {"ok":true, …} or {"ok":false,"error":{…}} with the error in the form of to_json(Error).
/// `server` is the peer name the kernel will give: what the mount was told, a name or an address.
inline constexpr std::string_view agent_socket_path = "/run/rpctls/agent.sock";

struct AgentStatus {
    std::string version;
    std::uint64_t handshakes = 0; ///< completed, since the start
    std::uint64_t failures = 0;
    std::uint64_t in_flight = 0;
};

class AgentControl {
public:
    /// Errors (stage kernel): agent-absent when nobody listens there.
    static Result<AgentControl> connect(const std::filesystem::path &socket = agent_socket_path);

    AgentControl(AgentControl &&) noexcept = default;

    Result<AgentStatus> status();
    /// From now on handshakes for this server prove this identity, where the kernel itself names none. Errors:
    /// identity-unknown, identity-conflict (another identity serves a mount of this server), no-permission.
    Status use_identity(std::string_view server, std::string_view identity);
    /// The last failed handshake with this server, as the agent saw it, if it was in the last minute.
    Result<std::optional<Error>> last_failure(std::string_view server);

private:
    // The implementer's.
};

} // namespace rpctls::client
