// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/identity_use.hpp"
#include "rpc/client/preflight.hpp"
#include "rpctls/result.hpp"

#include <chrono>

namespace rpctls::mount_helper {

/// All of a preflight, and what a mount waits at most for another one's; together with the agent's answers the helper stays
/// well below ten seconds, or twice that when the other one's came to nothing.
constexpr std::chrono::milliseconds preflight_time{7000};
constexpr std::chrono::milliseconds stage_time{4000};

/// Pure: decide_identity() for a mount whose protection may be open yet. Under xprtsec=auto a host without any certificate is
/// no fault; a certificate that was named must be there.
Result<IdentityUse> identity_to_offer(const ProtectedMount &mount, const Surroundings &surroundings);

/// The preflight that the mount asks for, with the very credentials that its handshakes will use; with preflight=off these are
/// only loaded. Errors: those of tls_part() and TlsPart::examine(). What is wrong with the server is in the report.
Result<client::PreflightReport> examine_server(const ProtectedMount &mount, const IdentityUse &use,
                                               const tls::Settings &settings);

} // namespace rpctls::mount_helper
