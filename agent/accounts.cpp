// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/accounts.hpp"

#include "rpc/base/text.hpp"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <vector>

namespace rpctls::agent {

namespace {

/// An entry of a group lists its members and may be long.
constexpr std::size_t most_room = 1024 * 1024;

template <class Id, class Entry, class Look>
std::optional<Id> find(const std::string &name, Look look, Id Entry::*id) {
    // -1 is what system calls take for "no change" and give for "unknown".
    if (const auto number = parse_number(name, static_cast<Id>(-2)))
        return static_cast<Id>(*number);
    for (std::vector<char> room(4096); room.size() <= most_room; room.resize(room.size() * 4)) {
        Entry entry{};
        Entry *found = nullptr;
        const int code = look(name.c_str(), &entry, room.data(), room.size(), &found);
        if (found != nullptr)
            return found->*id;
        if (code != ERANGE)
            return {};
    }
    return {};
}

} // namespace

Accounts system_accounts() {
    return {[](const std::string &name) { return find(name, ::getpwnam_r, &passwd::pw_uid); },
            [](const std::string &name) { return find(name, ::getgrnam_r, &group::gr_gid); }};
}

} // namespace rpctls::agent
