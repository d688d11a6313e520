// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/channel_socket.hpp"

#include <sys/socket.h>

#include <algorithm>

namespace rpctls::tls {

ssize_t ChannelSocket::receive(std::span<std::byte> room) {
    if (held() > 0) {
        const std::size_t count = std::min(room.size(), held());
        std::copy_n(held_.begin() + static_cast<std::ptrdiff_t>(begin_), count, room.begin());
        begin_ += count;
        return static_cast<ssize_t>(count);
    }
    if (!reads_ahead_)
        return ::recv(fd_.get(), room.data(), room.size(), MSG_DONTWAIT);
    iovec pieces[] = {{room.data(), room.size()}, {held_.data(), held_.size()}};
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = 2;
    const ssize_t got = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT);
    if (got <= static_cast<ssize_t>(room.size()))
        return got;
    begin_ = 0;
    end_ = static_cast<std::size_t>(got) - room.size();
    return static_cast<ssize_t>(room.size());
}

ssize_t ChannelSocket::send(std::span<const std::byte> octets) {
    return ::send(fd_.get(), octets.data(), octets.size(),
                  MSG_DONTWAIT | MSG_NOSIGNAL | (more_follows_ ? MSG_MORE : 0));
}

} // namespace rpctls::tls
