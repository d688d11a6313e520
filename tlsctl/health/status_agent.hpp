// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace rpctls::tlsctl {

/// The agent's answer to "status" for people: what it is, its handshakes by role and by cause of failure, its
/// certificates.
std::string agent_words(const nlohmann::json &agent);

} // namespace rpctls::tlsctl
