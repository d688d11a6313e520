// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/agents.hpp"
#include "tlsctl/health/finding.hpp"

namespace rpctls::tlsctl {

/// Who performs the kernel's handshakes. `as_root`: whether the caller sees other users' processes.
Findings judge_agent(const kernel::AgentPresence &presence, bool as_root);

} // namespace rpctls::tlsctl
