// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/deadline.hpp"
#include "rpc/base/fd.hpp"
#include "rpctls/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>

/// How the messages of rpc/client/agent_control.hpp come and go.
namespace rpctls::client {

/// Errors (stage kernel): agent-absent when nobody listens there, no-permission, agent-silent, agent-unreachable.
Result<Fd> open_agent_connection(const std::filesystem::path &socket);

/// One message, with a descriptor beside it if one is given; the caller keeps its own. Errors: agent-silent, and
/// request-too-large (stage input).
Status send_to_agent(int connection, const nlohmann::json &message, const std::filesystem::path &socket,
                     std::optional<int> descriptor = {});

/// One answer: an object whose member "ok" is a boolean. Errors (stage kernel): agent-silent, agent-answer-malformed.
Result<nlohmann::json> agent_answer(int connection, const std::filesystem::path &socket, Deadline deadline,
                                    std::size_t largest);

/// What the answer is when a part of it is missing or of the wrong kind.
Error malformed_answer(const std::filesystem::path &socket);

} // namespace rpctls::client
