// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/keyring.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace rpctls::keys {

/// Looked at on one keyring; one with more keys is not served by looking.
inline constexpr std::size_t most_keys = 4096;

/// What the kernel says of a key to those who may not read it.
struct KeyDescription {
    Serial serial = 0;
    std::string type;
    uid_t owner = 0;
    gid_t group = 0;
    std::uint32_t permissions = 0; ///< keyctl_setperm(3): possessor, owner, group, others, an octet each
    std::string description;
};

/// Absent when there is no such key or the caller may not see it.
std::optional<KeyDescription> describe_key(Serial key);

/// What is directly on the keyring, at most most_keys; nothing when the caller may not read it.
std::vector<Serial> keyring_contents(Serial keyring);

} // namespace rpctls::keys
