// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/psk.hpp"

#include "rpc/base/text.hpp"

#include <keyutils.h>

#include <algorithm>
#include <array>
#include <vector>

namespace rpctls::keys {

namespace {

constexpr std::string_view nvme_type = "psk";
constexpr std::string_view user_type = "user";
/// keyctl_describe(3) gives TYPE;UID;GID;PERM;DESCRIPTION, and the kernel's descriptions have at most 4095 octets.
constexpr std::size_t longest_description = 4096 + 64;
/// Two names of 223 octets and a digest fit.
constexpr std::size_t longest_identity = 1024;
/// Looked through for one key; a target with more hosts than that is not served by looking.
constexpr std::size_t most_keys = 4096;

struct Described {
    std::string type;
    std::string description;
};

std::optional<Described> describe(Serial key) {
    std::array<char, longest_description> text{};
    const long length = keyctl_describe(key, text.data(), text.size());
    if (length <= 0 || static_cast<std::size_t>(length) > text.size())
        return std::nullopt;
    std::string_view rest(text.data(), static_cast<std::size_t>(length) - 1);
    Described described;
    for (int field = 0; field < 4; ++field) {
        const auto end = rest.find(';');
        if (end == std::string_view::npos)
            return std::nullopt;
        if (field == 0)
            described.type = rest.substr(0, end);
        rest.remove_prefix(end + 1);
    }
    described.description = rest; // may itself have semicolons
    return described;
}

bool is_psk_type(std::string_view type) {
    return type == nvme_type || type == user_type;
}

bool can_be_identity(std::string_view text) {
    // What tlsctl publishes are keys of type user, too, and one of a pair is a certificate, which everybody may have.
    return !text.empty() && text.size() <= longest_identity && !text.starts_with("nfs:x509:") &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// What is directly on the keyring.
std::vector<Serial> contents(Serial keyring) {
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

bool is_exactly(Serial key, std::string_view type, std::string_view identity) {
    const auto described = describe(key);
    return described && described->type == type && described->description == identity;
}

std::optional<Serial> find(Serial keyring, std::string_view type, const std::string &identity) {
    const long found = keyctl_search(keyring, std::string(type).c_str(), identity.c_str(), 0);
    if (found < 0)
        return std::nullopt;
    if (is_exactly(static_cast<Serial>(found), type, identity))
        return static_cast<Serial>(found);
    // The kernel takes the first `psk` key that begins with what is looked for: the right one may stand behind it.
    for (const Serial key : contents(keyring))
        if (is_exactly(key, type, identity))
            return key;
    return std::nullopt;
}

} // namespace

Result<StoredPsk> read_psk(Serial key) {
    auto secret = read_key(key);
    if (!secret)
        return std::move(secret).error();
    auto described = describe(key);
    const auto invalid = [&](std::string what) -> Error {
        return Error{Stage::keyring, "psk-invalid",
                     "key " + std::to_string(key) + " is no pre-shared key: " + std::move(what)};
    };
    if (!described)
        return invalid("it cannot be described");
    if (!is_psk_type(described->type))
        return invalid("its type is " + printable(described->type));
    if (!can_be_identity(described->description))
        return invalid("its description is no identity");
    return StoredPsk{key, std::move(described->description), std::move(*secret)};
}

Result<std::optional<StoredPsk>> find_psk(std::span<const Serial> keyrings, std::string_view identity) {
    if (!can_be_identity(identity))
        return std::optional<StoredPsk>();
    const std::string text(identity);
    for (const Serial keyring : keyrings)
        for (const auto type : {nvme_type, user_type})
            if (const auto key = find(keyring, type, text)) {
                auto psk = read_psk(*key);
                if (!psk)
                    return std::move(psk).error();
                return std::optional(std::move(*psk));
            }
    return std::optional<StoredPsk>();
}

} // namespace rpctls::keys
