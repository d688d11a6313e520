// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/text.hpp"
#include "rpc/tls/engine/key_schedule.hpp"
#include "rpc/tls/engine/record_protection.hpp"
#include "tests/unit/octets.hpp"
#include "tests/unit/tls/engine_fixture.hpp"

using namespace rpctls;
using namespace rpctls::test;
using namespace rpctls::tls;

namespace {

const auto asks = octets("1800000101");
const auto tells = octets("1800000100");
const auto ticket = octets("040000050000000000");

EnginePair connected_pair(const Pki &pki, EngineOptions options = {}) {
    EnginePair pair({.credentials = pki.trust(), .server_name = "nfs1.example"},
                    {.credentials = pki.server_credentials()}, std::move(options));
    pair.run();
    BOOST_TEST_REQUIRE(pair.client.word == "connected");
    BOOST_TEST_REQUIRE(pair.server.word == "connected");
    return pair;
}

/// The name of the error and the alert that goes with it, or "fine".
std::string verdict(EngineEnd &end, Level level, std::span<const std::byte> octets) {
    const Status status = end.engine.feed(level, octets);
    end.collect();
    return status ? "fine" : status.error().name + " " + std::to_string(end.alert.value_or(0));
}

/// What `from` seals under its newest secret, as `to` opens it with its own.
std::string said(const EngineEnd &from, const EngineEnd &to, std::string_view text) {
    const NewSecret *transmit = from.secret(Level::application, Direction::transmit);
    const NewSecret *receive = to.secret(Level::application, Direction::receive);
    BOOST_TEST_REQUIRE(transmit != nullptr);
    BOOST_TEST_REQUIRE(receive != nullptr);
    std::vector<std::byte> record(text.size() + record_overhead);
    const RecordProtection ours(derive_traffic_keys(transmit->cipher, transmit->secret));
    BOOST_TEST_REQUIRE(ours.seal(0, ContentType::application_data, as_bytes(text), record).has_value());
    const RecordProtection theirs(derive_traffic_keys(receive->cipher, receive->secret));
    const auto opened = theirs.open(0, record);
    return opened ? std::string(as_text(opened->content)) : opened.error().name;
}

std::uint32_t generation(const EngineEnd &end, Direction direction) {
    return end.secret(Level::application, direction)->generation;
}

} // namespace

BOOST_AUTO_TEST_SUITE(handshake_engine_after_the_handshake)

BOOST_AUTO_TEST_CASE(records_are_sealed_and_opened_under_the_secrets_of_both_ends) {
    const Pki pki;
    const EnginePair pair = connected_pair(pki);
    BOOST_TEST(said(pair.client, pair.server, "from the client") == "from the client");
    BOOST_TEST(said(pair.server, pair.client, "from the server") == "from the server");
    BOOST_TEST(said(pair.server, pair.server, "to itself") == "record-corrupt");
}

BOOST_AUTO_TEST_CASE(one_direction_changes_its_keys_when_its_sender_says_so) {
    const Pki pki;
    EnginePair pair = connected_pair(pki);
    BOOST_TEST(pair.client.engine.update_keys(false).has_value());
    pair.client.collect();
    BOOST_TEST_REQUIRE(pair.client.unsent.size() == 1u);
    BOOST_TEST((pair.client.unsent[0].octets == tells));
    BOOST_TEST(said(pair.client, pair.server, "too early") == "record-corrupt");
    pair.run();
    BOOST_TEST(said(pair.client, pair.server, "new") == "new");
    BOOST_TEST(said(pair.server, pair.client, "as before") == "as before");
    BOOST_TEST(generation(pair.client, Direction::transmit) == 1u);
    BOOST_TEST(generation(pair.server, Direction::receive) == 1u);
    BOOST_TEST(generation(pair.server, Direction::transmit) == 0u);
}

BOOST_AUTO_TEST_CASE(both_directions_change_their_keys_when_one_end_asks) {
    const Pki pki;
    EnginePair pair = connected_pair(pki);
    for (std::uint32_t round = 1; round <= 3; ++round) {
        EngineEnd &asking = round == 2 ? pair.client : pair.server;
        BOOST_TEST(asking.engine.update_keys(true).has_value());
        pair.run();
        BOOST_TEST(said(pair.client, pair.server, "there") == "there");
        BOOST_TEST(said(pair.server, pair.client, "and back") == "and back");
        for (const EngineEnd *end : {&pair.client, &pair.server})
            for (const Direction direction : {Direction::receive, Direction::transmit})
                BOOST_TEST(generation(*end, direction) == round);
    }
}

BOOST_AUTO_TEST_CASE(an_update_comes_before_the_secret_it_announces) {
    const Pki pki;
    EnginePair pair = connected_pair(pki);
    BOOST_TEST(pair.client.engine.feed(Level::application, asks).has_value());
    const auto actions = pair.client.engine.take();
    BOOST_TEST_REQUIRE(actions.size() == 3u);
    BOOST_TEST((std::get<NewSecret>(actions[0]).direction == Direction::receive));
    BOOST_TEST((std::get<SendOctets>(actions[1]).octets == tells));
    BOOST_TEST((std::get<NewSecret>(actions[2]).direction == Direction::transmit));
}

BOOST_AUTO_TEST_CASE(whoever_asks_again_and_again_gets_one_answer_until_it_is_sent) {
    const Pki pki;
    EnginePair pair = connected_pair(pki);
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(pair.client.engine.feed(Level::application, asks).has_value());
    pair.client.collect();
    BOOST_TEST_REQUIRE(pair.client.unsent.size() == 1u);
    BOOST_TEST((pair.client.unsent[0].octets == tells));
    BOOST_TEST(generation(pair.client, Direction::receive) == 10u);
    BOOST_TEST(generation(pair.client, Direction::transmit) == 1u);
    BOOST_TEST(pair.client.engine.feed(Level::application, asks).has_value());
    pair.client.collect();
    BOOST_TEST(pair.client.unsent.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_peer_gets_so_many_messages_through_between_two_pieces_of_data) {
    const Pki pki;
    EnginePair pair = connected_pair(pki);
    for (int i = 0; i < 64; ++i)
        BOOST_TEST(verdict(pair.client, Level::application, tells) == "fine");
    pair.client.engine.hear_data();
    for (int i = 0; i < 64; ++i)
        BOOST_TEST(verdict(pair.client, Level::application, tells) == "fine");
    BOOST_TEST(verdict(pair.client, Level::application, tells) == "session-failed 10");
}

BOOST_AUTO_TEST_CASE(an_update_that_is_none_ends_the_session) {
    const Pki pki;
    const auto of_fresh = [&](std::string_view hex, EngineOptions options = {}) {
        EnginePair pair = connected_pair(pki, std::move(options));
        return verdict(pair.client, Level::application, octets(hex));
    };
    BOOST_TEST(of_fresh("1800000102") == "session-failed 47");
    BOOST_TEST(of_fresh("18000000") == "session-failed 50");
    BOOST_TEST(of_fresh("180000020000") == "session-failed 50");
    BOOST_TEST(of_fresh("1800000100 18") == "session-failed 10"); // it is the last under its key
    BOOST_TEST(of_fresh("1800000100", {.key_updates = false}) == "session-failed 10");
}

BOOST_AUTO_TEST_CASE(without_updates_or_a_connection_none_is_begun) {
    const Pki pki;
    EnginePair pair = connected_pair(pki, {.key_updates = false});
    BOOST_TEST(pair.client.engine.update_keys(false).error().name == "session-failed");
    BOOST_TEST((pair.client.engine.state() == HandshakeEngine::State::connected));
    auto fresh = *HandshakeEngine::client({.credentials = pki.trust(), .server_name = "nfs1.example"});
    BOOST_TEST(fresh.update_keys(true).error().name == "session-failed");
    BOOST_TEST(fresh.start().has_value());
}

BOOST_AUTO_TEST_CASE(tickets_are_passed_over_by_a_client_and_refused_by_a_server) {
    const Pki pki;
    EnginePair pair = connected_pair(pki);
    BOOST_TEST(verdict(pair.client, Level::application, ticket) == "fine");
    BOOST_TEST(pair.client.unsent.empty());
    BOOST_TEST(verdict(pair.server, Level::application, ticket) == "session-failed 10");
    // A certificate is asked for in the handshake or not at all: post_handshake_auth was not offered.
    BOOST_TEST(verdict(pair.client, Level::application, octets("0d000003000000")) == "session-failed 10");
}

BOOST_AUTO_TEST_CASE(alerts_of_the_peer_end_what_they_are_meant_to_end) {
    const Pki pki;
    EnginePair pair = connected_pair(pki);
    BOOST_TEST(pair.client.engine.hear_alert(90).has_value());
    BOOST_TEST(pair.client.engine.hear_alert(0).has_value());
    BOOST_TEST((pair.client.engine.state() == HandshakeEngine::State::connected));
    BOOST_TEST(pair.client.engine.hear_alert(80).error().name == "peer-alert");
    BOOST_TEST(pair.client.engine.feed(Level::application, ticket).error().name == "peer-alert");
    BOOST_TEST(pair.client.engine.take().empty()); // an alert is not answered

    auto fresh = *HandshakeEngine::client({.credentials = pki.trust(), .server_name = "nfs1.example"});
    BOOST_TEST(fresh.start().has_value());
    BOOST_TEST(fresh.hear_alert(0).error().name == "handshake-closed");
    BOOST_TEST(fresh.hear_alert(90).error().name == "handshake-closed");
}

BOOST_AUTO_TEST_SUITE_END()
