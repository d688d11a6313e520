// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>

namespace rpctls::keys {

/// What a user has used up of what he may keep in keys: a line of /proc/key-users, proc_key_users(5).
struct KeyQuota {
    std::uint64_t keys = 0;
    std::uint64_t most_keys = 0;
    std::uint64_t octets = 0;
    std::uint64_t most_octets = 0;
};

/// Pure: that user's line; absent when there is none, or it makes no sense.
std::optional<KeyQuota> parse_key_users(std::string_view text, uid_t user);

/// The user's quota now; absent when he has never had a key. Errors (stage keyring): keyrings-unreadable.
Result<std::optional<KeyQuota>> read_key_quota(uid_t user);

} // namespace rpctls::keys
