// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/agent_handshake_message.hpp"
#include "rpctls/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

/// Pure: the messages of the control socket, as rpc/client/agent_control.hpp lays them down.
namespace rpctls::agent {

inline constexpr std::size_t longest_control_message = 64 * 1024;

struct StatusQuery {};
struct UseIdentity {
    std::string server;
    std::string identity;
    bool replace = false;
};
struct UseConfiguration {
    std::string server;
    bool replace = false;
};
struct LastFailureQuery {
    std::string server;
};
using ControlRequest =
    std::variant<StatusQuery, UseIdentity, UseConfiguration, LastFailureQuery, client::AgentHandshakeRequest>;

/// Errors (stage input): control-request-invalid.
Result<ControlRequest> parse_control_request(std::string_view text);

/// {"ok":false,"error":{…}}
nlohmann::json refusal(const Error &error);

} // namespace rpctls::agent
