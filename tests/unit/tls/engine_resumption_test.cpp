// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/ini.hpp"
#include "rpc/tls/engine/key_schedule.hpp"
#include "tests/unit/octets.hpp"
#include "tests/unit/tls/engine_fixture.hpp"

using namespace rpctls;
using namespace rpctls::test;
using namespace rpctls::tls;

namespace {

/// Both ends' means of resumption, and whom they are. A handshake's ends are made anew each time, as in two programs.
struct Scene {
    Pki pki;
    std::shared_ptr<TicketStore> tickets = std::make_shared<TicketStore>();
    std::shared_ptr<TicketKeys> keys = std::make_shared<TicketKeys>();
    std::uint32_t client_early = 0, server_early = 0;
    bool end_of_early_data = true;
    ClientParameters client{
        .credentials = pki.identity(), .server_name = "nfs1.example", .present_identity = true};
    ServerParameters server{.credentials = pki.server_credentials()};

    EnginePair fresh() const {
        return EnginePair(
            client, {.tickets = tickets, .early_data = client_early, .end_of_early_data = end_of_early_data},
            server,
            {.ticket_keys = keys, .early_data = server_early, .end_of_early_data = end_of_early_data});
    }
    void want_early_data() {
        client_early = 1000;
        server_early = 600;
        server.client_certificate = ClientCertificate::ignored;
    }
    EnginePair run() const {
        EnginePair pair = fresh();
        pair.run();
        return pair;
    }
    /// That leaves a ticket.
    void meet() const {
        const EnginePair pair = run();
        BOOST_TEST_REQUIRE(pair.client.word == "connected");
        BOOST_TEST_REQUIRE(pair.server.word == "connected");
        BOOST_TEST_REQUIRE(!pair.client.engine.facts().resumed);
        BOOST_TEST_REQUIRE(tickets->size() == 1u);
    }
};

/// How both ends fared, in few words.
std::string story(const EnginePair &pair) {
    const bool both = pair.client.engine.facts().resumed && pair.server.engine.facts().resumed;
    return pair.client.word + " " + pair.server.word + (both ? " resumed" : "");
}

std::span<const std::byte> secret_of(const EngineEnd &end, Level level, Direction direction) {
    const NewSecret *secret = end.secret(level, direction);
    return secret == nullptr ? std::span<const std::byte>() : secret->secret.bytes();
}

bool share(const EngineEnd &from, const EngineEnd &to, Level level) {
    const auto sent = secret_of(from, level, Direction::transmit);
    return !sent.empty() && std::ranges::equal(sent, secret_of(to, level, Direction::receive));
}

} // namespace

BOOST_AUTO_TEST_SUITE(handshake_engine_resumption)

BOOST_FIXTURE_TEST_CASE(a_session_is_resumed_by_a_ticket_once_and_brings_the_next_ticket, Scene) {
    meet();
    for (int round = 0; round < 2; ++round) {
        const EnginePair pair = run();
        BOOST_TEST(story(pair) == "connected connected resumed");
        BOOST_TEST(share(pair.client, pair.server, Level::application));
        BOOST_TEST(share(pair.server, pair.client, Level::application));
        // Both are who they were: as whom they showed themselves in the session before.
        BOOST_TEST(pair.client.engine.facts().certificate_sent);
        BOOST_TEST(pair.server.engine.facts().certificate_sent);
        for (const EngineEnd *end : {&pair.client, &pair.server}) {
            BOOST_TEST(end->engine.facts().peer_authenticated);
            BOOST_TEST(end->engine.facts().group == "x25519");
        }
        BOOST_TEST_REQUIRE(pair.server.engine.facts().peer_chain.size() == 1u);
        BOOST_TEST(pair.server.engine.facts().peer_chain[0].subject == "CN=client");
        BOOST_TEST(pair.client.engine.facts().peer_chain[0].subject == "CN=server");
        BOOST_TEST(pair.server.engine.facts().alpn.value_or("") == "sunrpc");
        BOOST_TEST(pair.client.engine.facts().alpn.value_or("") == "sunrpc");
        BOOST_TEST((*pair.client.engine.channel_binding() == *pair.server.engine.channel_binding()));
        BOOST_TEST(tickets->size() == 1u);
    }
}

BOOST_FIXTURE_TEST_CASE(who_has_no_ticket_or_no_key_for_it_shakes_hands_in_full, Scene) {
    meet();
    keys->rotate();
    BOOST_TEST(story(run()) == "connected connected");
    tickets->clear();
    BOOST_TEST(story(run()) == "connected connected");
    keys = nullptr; // a server without
    EnginePair pair = run();
    BOOST_TEST(story(pair) == "connected connected");
    BOOST_TEST(tickets->size() == 0u);
    BOOST_TEST(pair.server.engine.send_ticket().error().name == "session-failed");
    BOOST_TEST((pair.server.engine.state() == HandshakeEngine::State::connected));
    BOOST_TEST(pair.client.engine.send_ticket().error().name == "session-failed");
}

BOOST_FIXTURE_TEST_CASE(a_server_gives_as_many_tickets_as_it_is_told_to, Scene) {
    EnginePair pair = run();
    BOOST_TEST(pair.server.engine.send_ticket().has_value());
    BOOST_TEST(pair.server.engine.send_ticket().has_value());
    BOOST_TEST(pair.client.engine.update_keys(true).has_value());
    BOOST_TEST(pair.server.engine.send_ticket().has_value());
    pair.run();
    BOOST_TEST(tickets->size() == 4u);
    BOOST_TEST(pair.client.word == "connected");
    for (int i = 0; i < 4; ++i)
        BOOST_TEST(story(run()) == "connected connected resumed");
}

BOOST_FIXTURE_TEST_CASE(a_client_that_would_be_refused_in_full_is_refused_with_its_ticket, Scene) {
    meet();
    server.credentials =
        load({.own = {pki.server}, .trusted = {pki.root}, .crl = revoke(pki.root, {pki.client})});
    EnginePair pair = run();
    BOOST_TEST(story(pair) == "client-certificate-refused certificate-revoked resumed");
    BOOST_TEST(pair.server.alert.value_or(0) == 44u);
    BOOST_TEST(secret_of(pair.server, Level::application, Direction::receive).empty());

    // A session in which the client proved nothing, to a server that insists.
    client.present_identity = false;
    server.credentials = pki.server_credentials();
    tickets->clear();
    meet();
    server.client_certificate = ClientCertificate::required;
    BOOST_TEST(run().server.word == "certificate-missing");

    const auto nobody = ClientFilters::read(*Ini::parse("[clients.others]\nsan=other.example\n", "conf"));
    BOOST_TEST_REQUIRE(nobody.has_value());
    client.present_identity = true;
    server.client_certificate = ClientCertificate::verified_if_given;
    tickets->clear();
    meet();
    server.clients = std::make_shared<const ClientFilters>(*nobody);
    BOOST_TEST(run().server.word == "client-not-allowed");
}

BOOST_FIXTURE_TEST_CASE(a_server_that_would_be_refused_is_offered_no_ticket, Scene) {
    want_early_data();
    const auto verdict = [&] {
        const EnginePair pair = run();
        BOOST_TEST(!pair.server.engine.facts().resumed);
        BOOST_TEST(secret_of(pair.client, Level::early, Direction::transmit).empty());
        return pair.client.word;
    };
    meet();
    client.credentials =
        load({.own = {pki.client}, .trusted = {pki.root}, .crl = revoke(pki.root, {pki.server})});
    BOOST_TEST(verdict() == "certificate-revoked");
    client.credentials = pki.identity();
    meet();
    client.pins = {std::string(64, 'a')};
    BOOST_TEST(verdict() == "server-key-not-pinned");
    client.pins = {};
    meet();
    client.present_identity = false; // another client, in a way
    BOOST_TEST(verdict() == "connected");
}

BOOST_FIXTURE_TEST_CASE(the_bearer_of_a_ticket_that_is_not_taken_is_nobody, Scene) {
    EnginePair pair = fresh();
    pair.client.note(pair.client.engine.start());
    std::vector<std::byte> message; // NewSessionTicket: the last that the server says
    pair.run();
    BOOST_TEST_REQUIRE(pair.server.engine.send_ticket().has_value());
    for (const Action &action : pair.server.engine.take())
        message = std::get<SendOctets>(action).octets;
    BOOST_TEST_REQUIRE(pair.client.engine.feed(Level::application, message).has_value());
    // By an age_add that is not the ticket's, it is too old when it comes: read by the server, and not taken.
    const std::string own_key = "nfs1.example\nsunrpc\n" + pki.identity()->chain()[0].fingerprint;
    auto ticket = tickets->take(own_key);
    BOOST_TEST_REQUIRE(ticket.has_value());
    const auto age_add = std::span(message).subspan(8, 4);
    const auto octets = ticket->session.bytes();
    const auto found = std::search(octets.begin(), octets.end(), age_add.begin(), age_add.end());
    BOOST_TEST_REQUIRE((found != octets.end()));
    *found ^= std::byte{0x40};
    tickets->clear();
    ticket->key = "nfs1.example\nsunrpc";
    tickets->put(std::move(*ticket), std::chrono::hours(1));
    client.present_identity = false;
    const EnginePair stolen = run();
    BOOST_TEST(story(stolen) == "connected connected");
    BOOST_TEST(!stolen.server.engine.facts().peer_authenticated);
    BOOST_TEST(stolen.server.engine.facts().peer_chain.empty());
}

BOOST_FIXTURE_TEST_CASE(early_data_goes_under_a_secret_of_its_own, Scene) {
    want_early_data();
    meet();
    EnginePair pair = fresh();
    BOOST_TEST((pair.client.engine.early_data() == EarlyData::none));
    BOOST_TEST(pair.client.engine.start().has_value());
    pair.client.collect();
    BOOST_TEST((pair.client.engine.early_data() == EarlyData::offered));
    BOOST_TEST(pair.client.engine.early_data_limit() == 600u);
    BOOST_TEST_REQUIRE(pair.client.unsent.size() == 1u);
    BOOST_TEST(pair.server.engine.feed(Level::initial, pair.client.unsent[0].octets).has_value());
    pair.client.unsent.clear();
    pair.server.collect();
    BOOST_TEST((pair.server.engine.early_data() == EarlyData::accepted));
    BOOST_TEST(share(pair.client, pair.server, Level::early));
    BOOST_TEST(pair.server.engine.hear_early_data(600).has_value());
    pair.run();
    BOOST_TEST(story(pair) == "connected connected resumed");
    BOOST_TEST((pair.client.engine.early_data() == EarlyData::accepted));
    BOOST_TEST(share(pair.client, pair.server, Level::handshake));
    BOOST_TEST(share(pair.client, pair.server, Level::application));
    BOOST_TEST(share(pair.server, pair.client, Level::application));
    // Behind EndOfEarlyData none is taken.
    BOOST_TEST(pair.server.engine.hear_early_data(0).error().name == "session-failed");
}

BOOST_FIXTURE_TEST_CASE(in_quic_early_data_needs_no_end_and_a_client_that_is_still_believed, Scene) {
    want_early_data();
    server.client_certificate = ClientCertificate::verified_if_given;
    end_of_early_data = false;
    meet();
    const EnginePair pair = run();
    BOOST_TEST(story(pair) == "connected connected resumed");
    BOOST_TEST((pair.client.engine.early_data() == EarlyData::accepted));
    BOOST_TEST(share(pair.client, pair.server, Level::early));
    BOOST_TEST(share(pair.client, pair.server, Level::application));
    BOOST_TEST(pair.server.engine.facts().peer_authenticated);
    server.credentials =
        load({.own = {pki.server}, .trusted = {pki.root}, .crl = revoke(pki.root, {pki.client})});
    const EnginePair refused = run();
    BOOST_TEST(refused.server.word == "certificate-revoked");
    BOOST_TEST(secret_of(refused.server, Level::early, Direction::receive).empty());
}

BOOST_FIXTURE_TEST_CASE(a_hello_with_early_data_is_taken_once_and_no_more_data_than_was_allowed, Scene) {
    want_early_data();
    meet();
    EnginePair pair = fresh();
    BOOST_TEST(pair.client.engine.start().has_value());
    pair.client.collect();
    const auto hello = pair.client.unsent.at(0).octets;
    BOOST_TEST(pair.server.engine.feed(Level::initial, hello).has_value());
    BOOST_TEST((pair.server.engine.early_data() == EarlyData::accepted));
    BOOST_TEST(pair.server.engine.hear_early_data(601).error().name == "handshake-failed");
    EnginePair again = fresh();
    BOOST_TEST(again.server.engine.feed(Level::initial, hello).has_value());
    BOOST_TEST((again.server.engine.early_data() == EarlyData::rejected));
    again.server.collect();
    BOOST_TEST(secret_of(again.server, Level::early, Direction::receive).empty());
}

BOOST_FIXTURE_TEST_CASE(early_data_that_a_server_does_not_take_leaves_the_session_sound, Scene) {
    want_early_data();
    meet();
    server_early = 0;
    EnginePair pair = run();
    BOOST_TEST(story(pair) == "connected connected resumed");
    BOOST_TEST((pair.client.engine.early_data() == EarlyData::rejected));
    BOOST_TEST((pair.server.engine.early_data() == EarlyData::rejected));
    BOOST_TEST(share(pair.client, pair.server, Level::application));
    // The ticket of that session allows none, and a client that wants none offers none.
    server_early = 600;
    BOOST_TEST((run().client.engine.early_data() == EarlyData::none));
    client_early = 0;
    BOOST_TEST((run().client.engine.early_data() == EarlyData::none));
}

BOOST_FIXTURE_TEST_CASE(the_early_secret_is_what_rfc_8446_makes_of_the_resumption_secret, Scene) {
    want_early_data();
    EnginePair first = fresh();
    BOOST_TEST(!first.client.engine.resumption_secret().has_value());
    std::vector<std::byte> nonce;
    first.run();
    BOOST_TEST_REQUIRE(first.server.engine.send_ticket().has_value());
    for (const Action &action : first.server.engine.take()) {
        const auto &message = std::get<SendOctets>(action).octets;
        nonce.assign(message.begin() + 13, message.begin() + 13 + std::to_integer<int>(message[12]));
        BOOST_TEST_REQUIRE(first.client.engine.feed(Level::application, message).has_value());
    }
    const auto resumption = first.client.engine.resumption_secret();
    BOOST_TEST_REQUIRE(resumption.has_value());
    BOOST_TEST(!first.server.engine.resumption_secret().has_value());

    EnginePair second = fresh();
    BOOST_TEST(second.client.engine.start().has_value());
    second.client.collect();
    const NewSecret *early = second.client.secret(Level::early, Direction::transmit);
    BOOST_TEST_REQUIRE(early != nullptr);
    const Hash hash = hash_of(early->cipher);
    const Secret psk = hkdf_expand_label(hash, *resumption, "resumption", nonce, size_of(hash));
    const Secret early_secret = hkdf_extract(hash, {}, psk.bytes());
    const Secret transcript = digest(hash, second.client.unsent.at(0).octets);
    BOOST_TEST(
        derive_secret(hash, early_secret, "c e traffic", transcript.bytes()).equals(early->secret.bytes()));
}

BOOST_FIXTURE_TEST_CASE(a_ticket_that_is_none_ends_the_session, Scene) {
    const auto verdict = [&](std::string_view hex) {
        EnginePair pair = run();
        const Status status = pair.client.engine.feed(Level::application, octets(hex));
        pair.client.collect();
        return status ? "fine" : status.error().name + " " + std::to_string(pair.client.alert.value_or(0));
    };
    const std::string_view head = "00000e10 00000001 01aa ";
    const auto message = [&](std::string_view body, std::string_view length) {
        return verdict("04 0000" + std::string(length) + std::string(body));
    };
    BOOST_TEST(message(std::string(head) + "0001bb 0000", "0f") == "fine");
    BOOST_TEST(message("00000000 00000001 01aa 0001bb 0000", "0f") == "fine"); // to be forgotten at once
    BOOST_TEST(message(std::string(head) + "0000 0000", "0e") == "session-failed 50");
    BOOST_TEST(message(std::string(head) + "0001bb", "0d") == "session-failed 50");
    BOOST_TEST(message(std::string(head) + "0001bb 0000 00", "10") == "session-failed 50");
    BOOST_TEST(message(std::string(head) + "0001bb 0008 002a 0003 000000", "16") == "session-failed 50");
    BOOST_TEST(message("", "00") == "session-failed 50");
}

BOOST_AUTO_TEST_CASE(a_store_keeps_so_many_for_so_long_and_gives_each_to_one) {
    TicketStore store({.tickets = 2, .lifetime = std::chrono::seconds(3600)});
    const auto put = [&](std::string key, std::uint32_t mark,
                         std::chrono::seconds lifetime = std::chrono::hours(1)) {
        store.put({std::move(key), Secret(8), {}, mark, {}}, lifetime);
    };
    put("a", 1);
    put("b", 2);
    put("b", 3);
    put("b", 4, std::chrono::seconds(0));
    BOOST_TEST(store.size() == 2u);
    BOOST_TEST(!store.take("a").has_value());
    BOOST_TEST(store.take("b")->early_data == 3u);
    BOOST_TEST(store.take("b")->early_data == 2u);
    BOOST_TEST(!store.take("b").has_value());
}

BOOST_FIXTURE_TEST_CASE(options_that_make_no_sense_are_refused, Scene) {
    BOOST_CHECK_THROW((void)HandshakeEngine::client(client, {.ticket_keys = keys}), std::invalid_argument);
    BOOST_CHECK_THROW((void)HandshakeEngine::client(client, {.early_data = 1}), std::invalid_argument);
    BOOST_CHECK_THROW((void)HandshakeEngine::server(server, {.tickets = tickets}), std::invalid_argument);
    BOOST_CHECK_THROW((void)HandshakeEngine::server(server, {.early_data = 1}), std::invalid_argument);
    BOOST_CHECK_THROW((void)HandshakeEngine::server(server, {.ticket_keys = keys, .early_data = 1}),
                      std::invalid_argument);
    BOOST_CHECK_THROW(TicketKeys({.lifetime = std::chrono::seconds(0)}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
