// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/plan.hpp"
#include "rpc/tls/settings.hpp"
#include "rpctls/result.hpp"

#include <string>
#include <variant>

namespace rpctls::mount_helper {

/// Under xprtsec=tls the client proves nothing.
struct NoIdentity {};
/// The kernel names the identity's keys to its agent, whichever agent that is.
struct ByKeySerials {
    std::string name;
};
/// The agent is told which identity this server gets.
struct ByAgent {
    std::string name;
};
/// What the agent proves by itself, from its configuration: a named identity, or two files.
struct ByConfiguration {
    std::variant<std::string, tls::IdentityFiles> identity;
};
using IdentityUse = std::variant<NoIdentity, ByKeySerials, ByAgent, ByConfiguration>;

/// Another text for each.
std::string to_string(const IdentityUse &use);

/// What decides how an identity gets to the handshake.
struct Surroundings {
    bool kernel_takes_serials = false;
    bool agent_is_ours = false;
    std::string agent_program; ///< comm, empty when unknown
    tls::Settings settings;    ///< those that the agent works by
};

/// Pure. Errors: identity-unsupported-by-agent (stage kernel), client-certificate-missing (stage config).
Result<IdentityUse> decide_identity(const ProtectedMount &mount, const Surroundings &surroundings);

} // namespace rpctls::mount_helper
