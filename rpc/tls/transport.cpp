// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/transport.hpp"

#include <sys/socket.h>

namespace rpctls::tls {

ssize_t SocketTransport::receive(std::span<std::byte> room) {
    return ::recv(fd_, room.data(), room.size(), MSG_DONTWAIT);
}

ssize_t SocketTransport::send(std::span<const std::byte> octets) {
    return ::send(fd_, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

} // namespace rpctls::tls
