// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/connect.hpp"

#include "tests/unit/client/scripted_peer.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>

using namespace rpctls;
using namespace rpctls::client;
using rpctls::test::ScriptedPeer;

BOOST_AUTO_TEST_SUITE(connecting)

namespace {

Address loopback(std::uint16_t port) {
    return resolve("127.0.0.1", port, Deadline::after(std::chrono::seconds(1)))->front();
}

Deadline within(std::chrono::milliseconds time) {
    return Deadline::after(time);
}

/// Where the kernel drops what would connect: a listener with a full backlog.
struct Silent {
    Fd listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    Address address = loopback(0);
    std::vector<Fd> filling;

    Silent() {
        BOOST_TEST_REQUIRE(::bind(listener.get(), address.get(), address.size) == 0);
        BOOST_TEST_REQUIRE(::listen(listener.get(), 0) == 0);
        BOOST_TEST_REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr *>(&address.storage),
                                         &address.size) == 0);
        for (int i = 0; i < 8; ++i) {
            auto fd = connect(address, "127.0.0.1", false, within(std::chrono::milliseconds(150)));
            if (!fd)
                return;
            filling.push_back(std::move(*fd));
        }
        BOOST_FAIL("this kernel's backlog has no end");
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_listening_peer_is_reached) {
    const ScriptedPeer peer([](int) {});
    const auto fd = connect(loopback(peer.port()), "127.0.0.1", false, within(std::chrono::seconds(2)));
    BOOST_TEST(fd.has_value());
}

BOOST_AUTO_TEST_CASE(nobody_there_names_host_address_and_port) {
    // A port that is bound but not listened on refuses, and nobody else can take it meanwhile.
    const Fd bound(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    auto address = loopback(0);
    BOOST_TEST_REQUIRE(::bind(bound.get(), address.get(), address.size) == 0);
    BOOST_TEST_REQUIRE(
        ::getsockname(bound.get(), reinterpret_cast<sockaddr *>(&address.storage), &address.size) == 0);
    const auto fd = connect(address, "nfs1.example", false, within(std::chrono::seconds(2)));
    BOOST_TEST_REQUIRE(!fd.has_value());
    BOOST_TEST(fd.error().name == "connection-refused");
    BOOST_TEST((fd.error().stage == Stage::connect));
    BOOST_TEST(fd.error().what.find("nfs1.example (127.0.0.1) port ") != std::string::npos, fd.error().what);
    BOOST_TEST(!fd.error().hint.empty());
}

BOOST_AUTO_TEST_CASE(a_full_backlog_is_a_timeout_and_not_a_hang) {
    const Silent silent;
    const auto fd = connect(silent.address, "127.0.0.1", false, within(std::chrono::milliseconds(150)));
    BOOST_TEST_REQUIRE(!fd.has_value());
    BOOST_TEST(fd.error().name == "connect-timeout");
}

BOOST_AUTO_TEST_CASE(an_address_that_says_nothing_does_not_hold_up_the_next) {
    Silent silent;
    const ScriptedPeer peer([](int) {});
    const std::vector<Address> addresses{silent.address, silent.address, loopback(peer.port())};
    const auto reached = connect_first(addresses, "nfs1.example", false, std::chrono::seconds(30),
                                       within(std::chrono::seconds(30)));
    BOOST_TEST_REQUIRE(reached.has_value());
    BOOST_TEST(reached->index == 2u);
    BOOST_TEST(reached->fd.is_open());
}

BOOST_AUTO_TEST_CASE(of_addresses_that_all_fail_each_is_told) {
    const Fd bound(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    auto refusing = loopback(0);
    BOOST_TEST_REQUIRE(::bind(bound.get(), refusing.get(), refusing.size) == 0);
    BOOST_TEST_REQUIRE(
        ::getsockname(bound.get(), reinterpret_cast<sockaddr *>(&refusing.storage), &refusing.size) == 0);
    Silent silent;
    const std::vector<Address> addresses{refusing, silent.address};
    const auto reached = connect_first(addresses, "nfs1.example", false, std::chrono::milliseconds(300),
                                       within(std::chrono::milliseconds(300)));
    BOOST_TEST_REQUIRE(!reached.has_value());
    BOOST_TEST(reached.error().name == "connect-timeout");
    BOOST_TEST(summary(reached.error()).find("before that nothing listens on") != std::string::npos,
               summary(reached.error()));
}

BOOST_AUTO_TEST_CASE(root_calls_from_a_reserved_port_when_asked_to) {
    std::atomic<int> seen = -1;
    const ScriptedPeer peer([&](int fd) {
        sockaddr_in from{};
        socklen_t size = sizeof from;
        ::getpeername(fd, reinterpret_cast<sockaddr *>(&from), &size);
        seen = ntohs(from.sin_port);
    });
    const auto fd = connect(loopback(peer.port()), "127.0.0.1", true, within(std::chrono::seconds(2)));
    BOOST_TEST_REQUIRE(fd.has_value());
    for (int i = 0; i < 200 && seen < 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (::geteuid() == 0)
        BOOST_TEST(seen.load() < 1024);
    else
        BOOST_TEST(seen.load() > 0);
}

BOOST_AUTO_TEST_SUITE_END()
