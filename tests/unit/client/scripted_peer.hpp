// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

namespace rpctls::test {

/// A server on a loopback port of its own that plays one script for each connection, one after the other.
class ScriptedPeer {
public:
    using Script = std::function<void(int fd)>;

    explicit ScriptedPeer(Script script) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_.get(), reinterpret_cast<sockaddr *>(&address), size) != 0 ||
            ::listen(listener_.get(), 8) != 0 ||
            ::getsockname(listener_.get(), reinterpret_cast<sockaddr *>(&address), &size) != 0)
            throw std::runtime_error("no loopback socket");
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this, script = std::move(script)](std::stop_token stop) {
            while (!stop.stop_requested()) {
                pollfd entry{listener_.get(), POLLIN, 0};
                if (::poll(&entry, 1, 20) <= 0)
                    continue;
                const Fd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
                // A script that waits for ever is a fault of the test: five seconds and it is over.
                const timeval limit{5, 0};
                ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
                if (connection.is_open())
                    script(connection.get());
            }
        });
    }

    std::uint16_t port() const { return port_; }

private:
    Fd listener_;
    std::uint16_t port_ = 0;
    std::jthread thread_; // last: stopped before what it uses goes
};

/// Up to `size` octets, fewer at the end of the stream.
inline std::vector<std::byte> read_octets(int fd, std::size_t size) {
    std::vector<std::byte> octets(size);
    std::size_t got = 0;
    while (got < size) {
        const ssize_t n = ::recv(fd, octets.data() + got, size - got, 0);
        if (n <= 0)
            break;
        got += static_cast<std::size_t>(n);
    }
    octets.resize(got);
    return octets;
}

inline void write_octets(int fd, std::span<const std::byte> octets) {
    (void)!::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL);
}

/// Waits until the peer has closed; gives what it sent until then.
inline std::vector<std::byte> read_to_end(int fd) {
    return read_octets(fd, 1 << 16);
}

/// Closes with a RST instead of a FIN.
inline void reset(int fd) {
    const linger now{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/// A reply to the probe in `call` (a record): its xid and `rest`, behind the mark.
inline std::vector<std::byte> answer_to(std::span<const std::byte> call, std::span<const std::byte> rest) {
    std::vector<std::byte> reply(8);
    const std::uint32_t mark = htonl(0x80000000U | static_cast<std::uint32_t>(4 + rest.size()));
    std::memcpy(reply.data(), &mark, 4);
    std::memcpy(reply.data() + 4, call.data() + 4, 4);
    reply.insert(reply.end(), rest.begin(), rest.end());
    return reply;
}

inline constexpr std::size_t probe_size = 44;

} // namespace rpctls::test
