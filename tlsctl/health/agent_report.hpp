// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"
#include "tlsctl/health/finding.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>

namespace rpctls::tlsctl {

/// A member of an object, or null: what the agent answers may have any shape.
const nlohmann::json &member(const nlohmann::json &object, const char *key);
/// A value in printable words; empty for null.
std::string json_words(const nlohmann::json &value);

/// The control socket of the agent that is asked.
std::filesystem::path control_socket(const Context &context);

/// What needs a person in rpctlsd's answer to "status", in the order of urgency. Failed handshakes do not: they may be
/// the peers' fault, and the past. Names: agent-stuck, agent-reload-failed, agent-unusable, certificate-ends-soon,
/// certificate-expired, certificate-not-yet-valid.
Findings judge_agent_report(const nlohmann::json &agent);

} // namespace rpctls::tlsctl
