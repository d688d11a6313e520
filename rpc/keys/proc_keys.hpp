// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/keyring.hpp"

#include <optional>
#include <string_view>
#include <sys/types.h>

namespace rpctls::keys {

/// One line of /proc/keys, proc_keys(5).
struct ProcKey {
    Serial serial = 0;
    bool instantiated = false;
    bool revoked = false;
    bool dead = false;
    bool negative = false;
    bool invalidated = false;
    bool expired = false;
    std::string_view timeout; ///< "perm", "expd", or what is left: "59s", "3w"
    uid_t owner = 0;
    std::string_view type;        ///< cut to 9 characters by the kernel
    std::string_view description; ///< without the summary that a type may put behind it
};

/// Empty when the line is not of that form. The views point into `line`.
std::optional<ProcKey> parse_proc_key(std::string_view line);

/// The usable keyring of that description that root owns; whoever may make keyrings may name them as they like.
std::optional<Serial> find_root_keyring(std::string_view proc_keys, std::string_view description);

} // namespace rpctls::keys
