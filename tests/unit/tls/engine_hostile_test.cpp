// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/text.hpp"
#include "tests/unit/octets.hpp"
#include "tests/unit/tls/engine_fixture.hpp"

using namespace rpctls;
using namespace rpctls::test;
using namespace rpctls::tls;

namespace {

struct Ends {
    Pki pki;
    EngineEnd client{*HandshakeEngine::client({.credentials = pki.trust(), .server_name = "nfs1.example"})};
    EngineEnd server{*HandshakeEngine::server({.credentials = pki.server_credentials()})};

    /// What the client says first.
    std::vector<std::byte> hello() {
        BOOST_TEST_REQUIRE(client.engine.start().has_value());
        client.collect();
        return std::exchange(client.unsent, {}).at(0).octets;
    }

    /// What the server answers: its hello, then the rest.
    std::vector<SendOctets> answer() {
        BOOST_TEST_REQUIRE(server.engine.feed(Level::initial, hello()).has_value());
        server.collect();
        return std::exchange(server.unsent, {});
    }
};

/// The name of the error and the alert that goes with it, or "fine".
std::string verdict(EngineEnd &end, Level level, std::span<const std::byte> octets) {
    const Status status = end.engine.feed(level, octets);
    end.collect();
    return status ? "fine" : status.error().name + " " + std::to_string(end.alert.value_or(0));
}

/// Header of a message of that type and length.
std::vector<std::byte> header(unsigned type, std::size_t size) {
    return {static_cast<std::byte>(type), static_cast<std::byte>(size >> 16),
            static_cast<std::byte>(size >> 8), static_cast<std::byte>(size)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(handshake_engine_and_hostile_peers)

BOOST_AUTO_TEST_CASE(what_is_no_handshake_message_is_refused_with_an_alert) {
    for (const std::string_view garbage :
         {"474554202f20485454502f312e310d0a", "00000000", "0100000100", "010000020303", "16030100"}) {
        Ends ends;
        const std::string answer = verdict(ends.server, Level::initial, octets(garbage));
        BOOST_TEST(answer.starts_with("handshake-failed "), garbage << ": " << answer);
        BOOST_TEST(ends.server.alert.has_value());
        BOOST_TEST(ends.server.secrets.empty());
        BOOST_TEST(ends.server.unsent.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_message_that_is_announced_too_long_is_refused_by_its_header) {
    Ends ends;
    BOOST_TEST(verdict(ends.server, Level::initial, header(1, 64 * 1024)) == "handshake-failed 50");
    Ends others;
    BOOST_TEST(verdict(others.server, Level::initial, header(1, 64 * 1024 - 4)) == "fine");
    BOOST_TEST((others.server.engine.state() == HandshakeEngine::State::received));
}

BOOST_AUTO_TEST_CASE(messages_come_at_their_own_level_only) {
    for (const Level level : {Level::early, Level::handshake, Level::application}) {
        Ends ends;
        const auto hello = ends.hello();
        BOOST_TEST(verdict(ends.server, level, hello) == "handshake-failed 10");
    }
    Ends ends;
    BOOST_TEST(verdict(ends.server, Level::initial, header(20, 0)) == "handshake-failed 10"); // Finished
    auto answer = ends.client.engine.feed(Level::initial, header(1, 0));                      // ClientHello
    BOOST_TEST(answer.error().name == "handshake-failed");
}

BOOST_AUTO_TEST_CASE(nothing_follows_the_message_that_changes_the_keys) {
    Ends ends;
    auto answer = ends.answer();
    BOOST_TEST_REQUIRE(answer.size() == 2u);
    BOOST_TEST((answer[0].level == Level::initial));
    // The rest of the flight, in clear behind the hello: as if no key had been agreed on.
    answer[0].octets.insert(answer[0].octets.end(), answer[1].octets.begin(), answer[1].octets.end());
    BOOST_TEST(verdict(ends.client, Level::initial, answer[0].octets) == "handshake-failed 10");
}

BOOST_AUTO_TEST_CASE(a_message_out_of_order_is_refused) {
    Ends ends;
    const auto answer = ends.answer();
    BOOST_TEST(verdict(ends.client, Level::initial, answer[0].octets) == "fine");
    BOOST_TEST(verdict(ends.client, Level::handshake, header(20, 0)) == "handshake-failed 10");
}

BOOST_AUTO_TEST_CASE(an_octet_changed_anywhere_in_the_servers_flight_fails_the_handshake) {
    for (std::size_t place = 0; place < 600; place += 7) {
        Ends ends;
        auto answer = ends.answer();
        auto &octets = answer[1].octets;
        octets[place % octets.size()] ^= std::byte{0x40};
        (void)ends.client.engine.feed(Level::initial, answer[0].octets);
        (void)ends.client.engine.feed(Level::handshake, octets);
        BOOST_TEST((ends.client.engine.state() != HandshakeEngine::State::connected), place);
    }
}

BOOST_AUTO_TEST_CASE(a_handshake_ends_after_so_many_messages) {
    Ends ends;
    const auto hello = ends.hello();
    std::string last = "fine";
    int fed = 0;
    // A client that sends its hello for ever: GnuTLS ends it at the second, and the engine has a bound of its own.
    for (; last == "fine" && fed < 100; ++fed)
        last = verdict(ends.server, Level::initial, hello);
    BOOST_TEST(fed <= 33);
    BOOST_TEST(last.starts_with("handshake-failed"));
}

BOOST_AUTO_TEST_SUITE_END()
