// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/agent_control.hpp"
#include "rpc/client/agent_handshake_message.hpp"
#include "rpc/tls/ktls.hpp"

#include <filesystem>
#include <functional>
#include <optional>

namespace rpctls::client {

struct AgentHandshakeReport {
    AgentSession session; ///< empty after a failure
    std::optional<Error> failure;
    /// After a failure: the connection was shut down, so that nothing can be sent over it in clear. Otherwise the
    /// socket is as it was.
    bool socket_ended = false;
};

/// Lets the agent perform the TLS handshake on `fd`, a connected TCP socket, and waits for the end of it. No private key
/// is in this process, then or before. After a success the kernel seals what is written to `fd` and opens what is read
/// from it; until the answer nobody may read from or write to it. For RPC the STARTTLS exchange comes before this.
///
/// Errors: those of AgentControl::connect and of tls::Session; agent-silent (the agent ended or does not answer; once
/// it has the request, the connection is shut down); stage config: service-not-allowed; stage input: socket-unsuitable, control-request-invalid;
/// stage kernel: ktls-unavailable; stage handshake: handshake-timeout, agent-overloaded, agent-stopping.
AgentHandshakeReport agent_handshake(int fd, const AgentHandshakeRequest &request,
                                     const std::filesystem::path &socket = agent_socket(),
                                     const std::function<Status(int)> &protected_now = tls::ktls_engaged);

} // namespace rpctls::client
