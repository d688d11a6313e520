// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/keyring_contents.hpp"

#include "rpc/base/text.hpp"

#include <keyutils.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace rpctls::keys {

namespace {

/// keyctl_describe(3) gives TYPE;UID;GID;PERM;DESCRIPTION, and the kernel's descriptions have at most 4095 octets.
constexpr std::size_t longest_description = 4096 + 64;

} // namespace

std::optional<KeyDescription> describe_key(Serial key) {
    std::array<char, longest_description> text{};
    const long length = keyctl_describe(key, text.data(), text.size());
    if (length <= 0 || static_cast<std::size_t>(length) > text.size())
        return std::nullopt;
    std::string_view rest(text.data(), static_cast<std::size_t>(length) - 1);
    std::array<std::string_view, 4> fields;
    for (auto &field : fields) {
        const auto end = rest.find(';');
        if (end == std::string_view::npos)
            return std::nullopt;
        field = rest.substr(0, end);
        rest.remove_prefix(end + 1);
    }
    KeyDescription described;
    described.serial = key;
    described.type = fields[0];
    described.owner = static_cast<uid_t>(parse_number(fields[1], UINT32_MAX).value_or(UINT32_MAX));
    described.group = static_cast<gid_t>(parse_number(fields[2], UINT32_MAX).value_or(UINT32_MAX));
    std::from_chars(fields[3].data(), fields[3].data() + fields[3].size(), described.permissions, 16);
    described.description = rest; // may itself have semicolons
    return described;
}

std::vector<Serial> keyring_contents(Serial keyring) {
    std::vector<Serial> keys(64);
    for (;;) {
        const long octets =
            keyctl_read(keyring, reinterpret_cast<char *>(keys.data()), keys.size() * sizeof(Serial));
        const std::size_t count = octets < 0 ? 0 : static_cast<std::size_t>(octets) / sizeof(Serial);
        if (count <= keys.size() || keys.size() >= most_keys) {
            keys.resize(std::min(count, keys.size()));
            return keys;
        }
        keys.resize(std::min(count, most_keys));
    }
}

} // namespace rpctls::keys
