// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

/// Pure: who is in a multicast group of generic netlink, from what the kernel tells of its sockets.
namespace rpctls::kernel {

/// A socket in the group. The port is the pid of the owner's first netlink socket, else arbitrary.
struct GroupMember {
    std::uint32_t port = 0;
    std::uint64_t inode = 0;
};

/// One SOCK_DIAG answer (struct netlink_diag_msg and its attributes), header included.
/// Absent: the socket is not in the group.
std::optional<GroupMember> member_from_diag(std::span<const std::byte> message, unsigned group);

/// /proc/net/netlink, which shows the first 32 groups only; `group` is 1 to 32.
std::vector<GroupMember> members_from_proc(std::string_view text, unsigned group);

} // namespace rpctls::kernel
