// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/netlink_groups.hpp"

#include "rpc/base/text.hpp"

#include <linux/netlink.h>
#include <linux/netlink_diag.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace rpctls::kernel {

namespace {

bool has_bit(std::span<const std::byte> bitmap, unsigned group) {
    // The kernel's bitmap is of longs in the machine's order; read it long by long.
    const std::size_t bit = group - 1;
    constexpr std::size_t width = 8 * sizeof(unsigned long);
    const std::size_t offset = bit / width * sizeof(unsigned long);
    unsigned long word = 0;
    if (group == 0 || offset + sizeof word > bitmap.size())
        return false;
    std::memcpy(&word, bitmap.data() + offset, sizeof word);
    return (word >> (bit % width) & 1) != 0;
}

template <class T>
std::optional<T> number(std::string_view text, int base) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size())
        return {};
    return value;
}

std::vector<std::string_view> words(std::string_view line) {
    std::vector<std::string_view> found;
    for (const auto word : split(line, ' '))
        if (!word.empty())
            found.push_back(word);
    return found;
}

} // namespace

std::optional<GroupMember> member_from_diag(std::span<const std::byte> message, unsigned group) {
    netlink_diag_msg socket{};
    if (message.size() < NLMSG_HDRLEN + sizeof socket)
        return {};
    std::memcpy(&socket, message.data() + NLMSG_HDRLEN, sizeof socket);
    auto rest = message.subspan(NLMSG_HDRLEN + sizeof socket);
    while (rest.size() >= NLA_HDRLEN) {
        nlattr attribute{};
        std::memcpy(&attribute, rest.data(), sizeof attribute);
        if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > rest.size())
            return {};
        if ((attribute.nla_type & NLA_TYPE_MASK) == NETLINK_DIAG_GROUPS &&
            has_bit(rest.first(attribute.nla_len).subspan(NLA_HDRLEN), group))
            return GroupMember{socket.ndiag_portid, socket.ndiag_ino};
        rest = rest.subspan(std::min<std::size_t>(NLA_ALIGN(attribute.nla_len), rest.size()));
    }
    return {};
}

std::vector<GroupMember> members_from_proc(std::string_view text, unsigned group) {
    // sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode
    constexpr std::size_t protocol = 1, port = 2, groups = 3, inode = 9;
    std::vector<GroupMember> members;
    if (group < 1 || group > 32)
        return members;
    for (const auto line : split(text, '\n')) {
        const auto columns = words(line);
        if (columns.size() <= inode || number<int>(columns[protocol], 10) != NETLINK_GENERIC)
            continue;
        const auto mask = number<std::uint32_t>(columns[groups], 16);
        const auto port_id = number<std::int64_t>(columns[port], 10);
        const auto inode_number = number<std::uint64_t>(columns[inode], 10);
        if (mask && port_id && inode_number && (*mask >> (group - 1) & 1) != 0)
            members.push_back({static_cast<std::uint32_t>(*port_id), *inode_number});
    }
    return members;
}

} // namespace rpctls::kernel
