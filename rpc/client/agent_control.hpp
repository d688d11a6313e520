// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpc/client/agent_socket.hpp"
#include "rpctls/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rpctls::client {

/// The agent's control socket (agent_socket()): SOCK_SEQPACKET, one JSON object each way, at most 64 KiB. Requests:
///   {"op":"status"}
///   {"op":"use-identity","server":NAME,"identity":NAME,"replace":BOOL}      root only; "replace" may be absent: false
///   {"op":"use-configuration","server":NAME,"replace":BOOL}                 root only
///   {"op":"last-failure","server":NAME}
/// Answers: {"ok":true, …} or {"ok":false,"error":{…}} with the error in the form of to_json(Error).
/// "status" answers {"version":TEXT,"handshakes":N,"failures":N,"in_flight":N}, "last-failure" answers {"failure":null}
/// or {"failure":{…}}. `server` is the peer name the kernel will give: what the mount was told, a name or an address.
/// A client opens a connection for each request; an agent may serve several on one.
inline constexpr std::size_t largest_agent_message = 64 * 1024;

struct AgentStatus {
    std::string version;
    std::uint64_t handshakes = 0; ///< completed, since the start
    std::uint64_t failures = 0;
    std::uint64_t in_flight = 0;
};

class AgentControl {
public:
    /// How long a connection may take, and then an answer. The agent answers from memory, or reads an identity's files; at
    /// a boot it may have everything to do at once.
    static constexpr std::chrono::milliseconds answer_timeout{5000};

    /// Errors (stage kernel): agent-absent when nobody listens there, no-permission. The requests below add
    /// agent-silent, agent-answer-malformed and whatever error the agent itself answers.
    static Result<AgentControl> connect(const std::filesystem::path &socket = agent_socket());

    AgentControl(AgentControl &&) noexcept = default;

    Result<AgentStatus> status();
    /// The whole answer to "status", as rpctlsd(8) has it: for people and monitors.
    Result<nlohmann::json> report();
    /// From now on handshakes for this server prove this identity, where the kernel itself names none. Errors:
    /// identity-unknown, identity-conflict (another identity serves a mount of this server; `replace` says that it
    /// may lose it), no-permission.
    Status use_identity(std::string_view server, std::string_view identity, bool replace = false);
    /// From now on handshakes for this server prove what the agent's configuration names: undoes use_identity().
    /// Errors: identity-conflict (as above), no-permission.
    Status use_configuration(std::string_view server, bool replace = false);
    /// The last failed handshake with this server, as the agent saw it, if it was in the last minute.
    Result<std::optional<Error>> last_failure(std::string_view server);

private:
    AgentControl(std::filesystem::path socket, Fd connection);
    Result<nlohmann::json> request(const nlohmann::json &question);

    std::filesystem::path socket_;
    Fd connection_; ///< open until the first request has used it
};

} // namespace rpctls::client
