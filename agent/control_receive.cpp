// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/control_receive.hpp"

#include "agent/control_message.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace rpctls::agent {

namespace {

/// One is what a request needs, but as many are taken as a message can have (SCM_MAX_FD): the kernel would close the rest
/// itself, as they are, see stop_lingering().
constexpr std::size_t most_descriptors = 253;
/// Messages that one client can have left unread: net.core.wmem_max holds fewer.
constexpr int most_unread = 1024;

/// More groups than that are more than any policy can look through for each request.
constexpr std::size_t most_groups = 1024;

void take_descriptors(msghdr &header, std::vector<Fd> &descriptors) {
    for (cmsghdr *part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
            descriptors.emplace_back(number);
            stop_lingering(number);
        }
    }
}

} // namespace

void stop_lingering(int descriptor) {
    linger how{};
    (void)::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &how, sizeof how);
}

ReceivedMessage receive_control_message(int socket) {
    ReceivedMessage received;
    std::vector<char> room(longest_control_message + 1);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * most_descriptors)> control{};
    iovec part{room.data(), room.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t n = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
    if (n < 0) {
        received.nothing = errno == EAGAIN || errno == EINTR;
        return received;
    }
    take_descriptors(header, received.descriptors);
    received.descriptors_lost = (header.msg_flags & MSG_CTRUNC) != 0;
    if (static_cast<std::size_t>(n) <= longest_control_message)
        received.text.assign(room.data(), static_cast<std::size_t>(n));
    return received;
}

void drop_unread(int socket) {
    (void)::shutdown(socket, SHUT_RD);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * most_descriptors)> control{};
    for (int i = 0; i < most_unread; ++i) {
        msghdr header{};
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        std::vector<Fd> dropped;
        // An empty message looks like the end, so that is no reason to stop.
        if (::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
            return;
        take_descriptors(header, dropped);
    }
}

std::optional<ControlSender> sender_of(int socket) {
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        return {};
    ControlSender sender{peer.uid, peer.gid, peer.pid, std::vector<gid_t>(most_groups)};
    length = static_cast<socklen_t>(sender.groups.size() * sizeof(gid_t));
    // Without them nobody is let in by one: too many (ERANGE), or a kernel older than 4.13.
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, sender.groups.data(), &length) != 0)
        length = 0;
    sender.groups.resize(length / sizeof(gid_t));
    return sender;
}

} // namespace rpctls::agent
