// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/server/svc_relay.hpp"

#include "tests/unit/client/scripted_peer.hpp"
#include "tests/unit/octets.hpp"
#include "tests/unit/tls/tls_tool.hpp"

#include <boost/test/unit_test.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdio>

namespace rpctls::test {

void pump(int one, int other) {
    std::array<pollfd, 2> ends{{{one, POLLIN, 0}, {other, POLLIN, 0}}};
    std::array<char, 16384> room;
    while (ends[0].fd >= 0 || ends[1].fd >= 0) {
        if (::poll(ends.data(), ends.size(), 5000) <= 0)
            return;
        for (auto &end : ends) {
            if (end.fd < 0 || end.revents == 0)
                continue;
            const int to = end.fd == one ? other : one;
            const ssize_t count = ::recv(end.fd, room.data(), room.size(), 0);
            if (count > 0 && ::send(to, room.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) == count)
                continue;
            ::shutdown(to, SHUT_WR);
            end.fd = -1;
        }
    }
}

std::string s_client(std::uint16_t port, const Files &files, const std::string &options,
                     const std::string &input) {
    // Boost.Test is for one thread: the peer's only notes what it saw.
    std::atomic<bool> probed{false};
    ScriptedPeer relay([&](int fd) {
        Caller server(port);
        probed = !server.probe().empty();
        pump(fd, server.fd());
    });
    const std::string command =
        "(" + input + ") | timeout 10 openssl s_client -connect 127.0.0.1:" + std::to_string(relay.port()) +
        " -CAfile " + files.path("ca.pem") + " " + options + " 2>&1";
    FILE *pipe = ::popen(command.c_str(), "r");
    BOOST_TEST_REQUIRE((pipe != nullptr));
    std::string text;
    std::array<char, 4096> room;
    for (std::size_t count; (count = std::fread(room.data(), 1, room.size(), pipe)) > 0;)
        text.append(room.data(), count);
    ::pclose(pipe);
    BOOST_TEST(probed.load());
    return text;
}

void offer_and_relay(int fd, const std::string &port) {
    const auto probe = read_octets(fd, probe_size);
    write_octets(fd,
                 answer_to(probe, octets("00000001 00000000 00000000 00000008 53544152 54544c53 00000000")));
    const Fd tool = connect_to(port);
    pump(fd, tool.get());
}

} // namespace rpctls::test
