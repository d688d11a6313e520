// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/session_keyring.hpp"

#include <keyutils.h>

#include <cerrno>

namespace rpctls::keys {

Result<Serial> join_private_session_keyring() {
    const auto serial = ::keyctl_join_session_keyring(nullptr);
    if (serial < 0)
        return system_error(Stage::keyring, "keyring-unavailable", "cannot make a session keyring", errno);
    return static_cast<Serial>(serial);
}

} // namespace rpctls::keys
