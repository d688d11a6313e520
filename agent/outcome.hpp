// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/error.hpp"
#include "rpctls/result.hpp"

#include <chrono>

namespace rpctls::agent {

/// Pure: the errno that DONE carries for a failure. The NFS client retries after ETIMEDOUT and takes everything else
/// as EACCES, which ends a mount; nfsd only looks whether it is 0.
int status_for(const Error &error);

/// Whether a request was turned away for a limit of the agent's, before any handshake began.
bool is_rejection(const Error &error);

/// The failures that the agent itself is the cause of.
Error handshake_timed_out(std::chrono::milliseconds waited);
Error agent_stopping();
Error agent_overloaded(std::size_t limit);
Error peer_overloaded(std::size_t limit);
Error peer_silent(std::chrono::milliseconds waited);

} // namespace rpctls::agent
