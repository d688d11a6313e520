// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"

#include <boost/test/unit_test.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

namespace rpctls::test {

/// Both ends of a TCP connection of this machine with itself.
struct Sockets {
    Fd client;
    Fd server;
};

inline Sockets tcp_pair() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    BOOST_TEST_REQUIRE(::bind(listener.get(), generic, size) == 0);
    BOOST_TEST_REQUIRE(::listen(listener.get(), 1) == 0);
    BOOST_TEST_REQUIRE(::getsockname(listener.get(), generic, &size) == 0);
    Sockets sockets{Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), {}};
    BOOST_TEST_REQUIRE(::connect(sockets.client.get(), generic, size) == 0);
    sockets.server.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    return sockets;
}

} // namespace rpctls::test
