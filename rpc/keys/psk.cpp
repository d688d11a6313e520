// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/psk.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/keyring_contents.hpp"

#include <keyutils.h>

#include <algorithm>

namespace rpctls::keys {

namespace {

/// Two names of 223 octets and a digest fit.
constexpr std::size_t longest_identity = 1024;

bool is_psk_type(std::string_view type) {
    return type == nvme_psk_type || type == user_psk_type;
}

bool is_exactly(Serial key, std::string_view type, std::string_view identity) {
    const auto described = describe_key(key);
    return described && described->type == type && described->description == identity;
}

} // namespace

bool can_be_psk_identity(std::string_view text) {
    // What tlsctl publishes are keys of type user, too, and one of a pair is known to everybody: an x509 identity's
    // certificate, and what psk-N-id holds, which goes over the wire.
    const bool one_of_a_pair =
        text.starts_with("nfs:x509:") ||
        (text.starts_with("psk-") && (text.ends_with("-id") || text.ends_with("-master")));
    return !text.empty() && text.size() <= longest_identity && !one_of_a_pair &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

std::optional<Serial> find_psk_key(Serial keyring, std::string_view type, const std::string &identity) {
    const long found = keyctl_search(keyring, std::string(type).c_str(), identity.c_str(), 0);
    if (found < 0)
        return std::nullopt;
    if (is_exactly(static_cast<Serial>(found), type, identity))
        return static_cast<Serial>(found);
    // The kernel takes the first `psk` key that begins with what is looked for: the right one may stand behind it.
    for (const Serial key : keyring_contents(keyring))
        if (is_exactly(key, type, identity))
            return key;
    return std::nullopt;
}

Result<StoredPsk> read_psk(Serial key) {
    auto secret = read_key(key);
    if (!secret)
        return std::move(secret).error();
    auto described = describe_key(key);
    const auto invalid = [&](std::string what) -> Error {
        return Error{Stage::keyring, "psk-invalid",
                     "key " + std::to_string(key) + " is no pre-shared key: " + std::move(what)};
    };
    if (!described)
        return invalid("it cannot be described");
    if (!is_psk_type(described->type))
        return invalid("its type is " + printable(described->type));
    if (!can_be_psk_identity(described->description))
        return invalid("its description is no identity");
    return StoredPsk{key, std::move(described->description), std::move(*secret)};
}

Result<std::optional<StoredPsk>> find_psk(std::span<const Serial> keyrings, std::string_view identity) {
    if (!can_be_psk_identity(identity))
        return std::optional<StoredPsk>();
    const std::string text(identity);
    for (const Serial keyring : keyrings)
        for (const auto type : {nvme_psk_type, user_psk_type})
            if (const auto key = find_psk_key(keyring, type, text)) {
                auto psk = read_psk(*key);
                if (!psk)
                    return std::move(psk).error();
                return std::optional(std::move(*psk));
            }
    return std::optional<StoredPsk>();
}

} // namespace rpctls::keys
