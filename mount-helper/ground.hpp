// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/identity_use.hpp"
#include "rpc/client/agent_control.hpp"
#include "rpc/client/mount_policy.hpp"
#include "rpc/kernel/agents.hpp"
#include "rpc/kernel/capabilities.hpp"
#include "rpctls/result.hpp"

#include <optional>

namespace rpctls::mount_helper {

/// Pure: whether this kernel can do the mount at all. Errors (stage kernel): nfs-unsupported, xprtsec-unsupported,
/// ktls-unavailable. What could not be asked does not stop us: the mount itself will tell.
Status check_kernel(const kernel::Capabilities &capabilities);

/// Pure. Error (stage kernel): agent-absent.
Status check_agent(const kernel::AgentPresence &presence);

/// Pure. A pin is kept by whoever performs the handshakes. Error (stage config): pin-needs-rpctlsd.
Status check_pins(const client::MountPolicy &policy, const Surroundings &surroundings);

/// What this machine brings: its kernel, its agent, the settings that the agent works by.
struct Ground {
    Surroundings surroundings;
    std::optional<client::AgentControl> control; ///< when the agent is rpctlsd
};

/// Looks, cheapest first, and stops at the first thing that is missing. Errors: those of tls_part(), of the two above and of
/// reading the settings.
Result<Ground> examine_ground();

} // namespace rpctls::mount_helper
