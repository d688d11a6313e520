// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/proc_keys.hpp"

#include "rpc/base/text.hpp"

#include <algorithm>
#include <charconv>

namespace rpctls::keys {

namespace {

/// Takes the next word off `line`; empty at its end.
std::string_view take_word(std::string_view &line) {
    const auto start = std::min(line.find_first_not_of(' '), line.size());
    const auto end = std::min(line.find(' ', start), line.size());
    const std::string_view word = line.substr(start, end - start);
    line.remove_prefix(end);
    return word;
}

} // namespace

std::optional<ProcKey> parse_proc_key(std::string_view line) {
    ProcKey key;
    const std::string_view serial = take_word(line);
    const auto [end, error] = std::from_chars(serial.data(), serial.data() + serial.size(), key.serial, 16);
    if (error != std::errc() || end != serial.data() + serial.size() || key.serial <= 0)
        return std::nullopt;
    const std::string_view flags = take_word(line);
    const auto has = [&](char flag) { return flags.find(flag) != std::string_view::npos; };
    key.instantiated = has('I');
    key.revoked = has('R');
    key.dead = has('D');
    key.negative = has('N');
    key.invalidated = has('i');
    take_word(line); // usage count
    key.timeout = take_word(line);
    key.expired = key.timeout == "expd";
    take_word(line); // permissions
    const auto owner = parse_number(take_word(line), UINT32_MAX);
    take_word(line); // group
    key.type = take_word(line);
    if (flags.size() < 7 || !owner || key.type.empty())
        return std::nullopt;
    key.owner = static_cast<uid_t>(*owner);
    // A keyring's line ends in ": empty" or ": COUNT"; a description may itself contain ": ".
    key.description = trimmed(line);
    key.description = key.description.substr(0, key.description.rfind(": "));
    return key;
}

std::optional<Serial> find_root_keyring(std::string_view proc_keys, std::string_view description) {
    for (const std::string_view line : split(proc_keys, '\n')) {
        const auto key = parse_proc_key(line);
        if (key && key->type == "keyring" && key->description == description && key->owner == 0 &&
            key->instantiated && !key->revoked && !key->dead && !key->negative && !key->invalidated &&
            !key->expired)
            return key->serial;
    }
    return std::nullopt;
}

} // namespace rpctls::keys
