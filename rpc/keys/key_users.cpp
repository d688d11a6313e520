// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/key_users.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"

#include <utility>
#include <vector>

namespace rpctls::keys {

namespace {

/// "4/1000000"
bool take_share(std::string_view text, std::uint64_t &used, std::uint64_t &most) {
    const auto parts = split(text, '/');
    if (parts.size() != 2)
        return false;
    const auto first = parse_number(parts[0]);
    const auto second = parse_number(parts[1]);
    if (!first || !second)
        return false;
    used = *first;
    most = *second;
    return true;
}

} // namespace

std::optional<KeyQuota> parse_key_users(std::string_view text, uid_t user) {
    const std::string wanted = std::to_string(user) + ":";
    for (const std::string_view line : split(text, '\n')) {
        std::vector<std::string_view> words;
        for (const std::string_view word : split(line, ' '))
            if (!word.empty())
                words.push_back(word);
        // "    0:     9 8/8 4/1000000 45/25000000"
        KeyQuota quota;
        if (words.size() == 5 && words[0] == wanted && take_share(words[3], quota.keys, quota.most_keys) &&
            take_share(words[4], quota.octets, quota.most_octets))
            return quota;
    }
    return std::nullopt;
}

Result<std::optional<KeyQuota>> read_key_quota(uid_t user) {
    const auto text = read_file("/proc/key-users");
    if (!text)
        return system_error(Stage::keyring, "keyrings-unreadable", "cannot read /proc/key-users",
                            text.error().system_errno);
    return parse_key_users(*text, user);
}

} // namespace rpctls::keys
