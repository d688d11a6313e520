// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/keyring.hpp"
#include "rpctls/result.hpp"

namespace rpctls::keys {

/// Gives the calling thread, and threads it starts from now on, a new session keyring of its own, so that what the
/// process comes to possess is not shared with the login or the service manager that started it. Returns its serial.
/// Errors (stage keyring): keyring-unavailable (the kernel has no keyrings, or the quota is used up).
Result<Serial> join_private_session_keyring();

} // namespace rpctls::keys
