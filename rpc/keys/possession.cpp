// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/possession.hpp"

#include <keyutils.h>

#include <cerrno>

namespace rpctls::keys {

Possession::Possession(std::span<const Serial> keyrings) {
    (void)keyctl_clear(KEY_SPEC_THREAD_KEYRING);
    for (const Serial keyring : keyrings)
        (void)keyctl_link(keyring, KEY_SPEC_THREAD_KEYRING);
}

Possession::~Possession() {
    (void)keyctl_clear(KEY_SPEC_THREAD_KEYRING);
}

Status clear_process_keyring() {
    // Without keyrings in the kernel nothing was linked.
    if (keyctl_clear(KEY_SPEC_PROCESS_KEYRING) != 0 && errno != ENOSYS)
        return system_error(Stage::keyring, "keyring-failed", "cannot empty the process keyring", errno);
    return {};
}

} // namespace rpctls::keys
