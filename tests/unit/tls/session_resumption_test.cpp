// SPDX-License-Identifier: LGPL-2.1-or-later
// Sessions that are resumed where both ends ask for it, and are judged as if they were not.
#include "rpc/tls/engine/record_protection.hpp"
#include "tests/unit/tls/session_fixture.hpp"

#include <thread>

using namespace rpctls;
using namespace rpctls::test;
using namespace rpctls::tls;

namespace {

/// Both ends' means of resumption, and whom they are.
struct Scene {
    Pki pki;
    std::shared_ptr<TicketStore> tickets = std::make_shared<TicketStore>();
    std::shared_ptr<TicketKeys> keys = std::make_shared<TicketKeys>();
    ClientParameters client{.credentials = pki.identity(),
                            .server_name = "nfs1.example",
                            .present_identity = true,
                            .tickets = tickets};
    ServerParameters server{.credentials = pki.server_credentials(), .ticket_keys = keys};

    /// A handshake, and what the server says right behind it.
    std::unique_ptr<Pair> run() const {
        auto pair = std::make_unique<Pair>(client, server);
        pair->shake();
        if (pair->client_outcome.word == "done" && pair->server_outcome.word == "done")
            BOOST_TEST(Pair::hear(pair->client, pair->client_outcome) == "nothing");
        return pair;
    }
    /// How both ends fared, in few words.
    std::string story() const {
        const auto pair = run();
        const bool both = pair->client.facts().resumed && pair->server.facts().resumed;
        return pair->client_outcome.word + " " + pair->server_outcome.word + (both ? " resumed" : "");
    }
    /// That leaves a ticket.
    void meet() const {
        tickets->clear();
        BOOST_TEST_REQUIRE(story() == "done done");
        BOOST_TEST_REQUIRE(tickets->size() == 1u);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(tls_session_resumption)

BOOST_FIXTURE_TEST_CASE(R_5_12_a_resumed_session_has_fresh_keys_and_its_ends_are_who_they_were, Scene) {
    meet();
    std::vector<std::vector<std::byte>> bindings;
    for (int round = 0; round < 2; ++round) {
        const auto pair = run();
        BOOST_TEST(pair->client_outcome.word == "done");
        BOOST_TEST(pair->server_outcome.word == "done");
        for (const Session *end : {&pair->client, &pair->server}) {
            const SessionFacts &facts = end->facts();
            BOOST_TEST(facts.resumed);
            BOOST_TEST(facts.peer_authenticated);
            BOOST_TEST(facts.certificate_sent);
            BOOST_TEST(!facts.group.empty());
            BOOST_TEST(facts.alpn.value_or("") == "sunrpc");
            BOOST_TEST_REQUIRE(facts.peer_chain.size() == 1u);
        }
        BOOST_TEST(pair->client.facts().peer_chain[0].subject == "CN=server");
        BOOST_TEST(pair->server.facts().peer_chain[0].subject == "CN=client");
        BOOST_TEST(pair->server.facts().requested_name.value_or("") == "nfs1.example");
        BOOST_TEST((*pair->client.channel_binding() == *pair->server.channel_binding()));
        bindings.push_back(*pair->client.channel_binding());
        BOOST_TEST(tickets->size() == 1u); // the old one is gone, and allows no early data
        const std::string text = "in a session of its own";
        BOOST_TEST((*pair->client.send(as_bytes(text)) == text.size()));
        BOOST_TEST(Pair::hear(pair->server, pair->server_outcome) == std::to_string(text.size()));
    }
    BOOST_TEST((bindings[0] != bindings[1]));
}

BOOST_FIXTURE_TEST_CASE(R_5_12_nothing_is_resumed_unless_both_ends_ask_for_it, Scene) {
    meet();
    server.ticket_keys = nullptr;
    BOOST_TEST(story() == "done done");
    BOOST_TEST(tickets->size() == 0u);
    server.ticket_keys = keys;
    client.tickets = nullptr;
    Pair pair(client, server);
    pair.shake();
    BOOST_TEST(pair.server_outcome.word == "done");
    BOOST_TEST(pair.connection.to_client->octets.empty()); // no ticket for who has said that it takes none
    BOOST_TEST(story() == "done done");
}

BOOST_FIXTURE_TEST_CASE(R_5_12_a_ticket_that_is_not_taken_leads_to_a_full_handshake, Scene) {
    meet();
    keys->rotate();
    BOOST_TEST(story() == "done done");
    BOOST_TEST(story() == "done done resumed");
    server.ticket_keys = std::make_shared<TicketKeys>(); // another server of that name
    BOOST_TEST(story() == "done done");
    BOOST_TEST(story() == "done done resumed");
    // Which keys there are is the choice's, for who asks for a name.
    server.select = [&](const std::optional<std::string> &) -> Result<ServerChoice> {
        return ServerChoice{.credentials = pki.server_credentials(), .psks = {}, .ticket_keys = keys};
    };
    BOOST_TEST(story() == "done done");
    BOOST_TEST(story() == "done done resumed");
    server.select = [&](const std::optional<std::string> &) -> Result<ServerChoice> {
        return ServerChoice{.credentials = pki.server_credentials(), .psks = {}};
    };
    BOOST_TEST(story() == "done done");
    BOOST_TEST(story() == "done done");
}

BOOST_FIXTURE_TEST_CASE(R_5_12_a_session_is_resumed_no_longer_than_its_ticket_s_lifetime, Scene) {
    using namespace std::chrono_literals;
    server.ticket_keys = std::make_shared<TicketKeys>(TicketKeys::Limits{.lifetime = 3s});
    meet();
    std::this_thread::sleep_for(1200ms);
    BOOST_TEST(story() == "done done resumed");
    std::this_thread::sleep_for(2s); // of the full handshake's three seconds, however young the ticket
    BOOST_TEST(story() == "done done");

    server.ticket_keys = keys;
    client.tickets = std::make_shared<TicketStore>(TicketStore::Limits{.lifetime = 2s});
    BOOST_TEST(story() == "done done");
    std::this_thread::sleep_for(2100ms);
    BOOST_TEST(story() == "done done");
    BOOST_TEST(story() == "done done resumed");
}

BOOST_FIXTURE_TEST_CASE(R_5_12_a_ticket_is_for_the_same_name_identity_and_scope_only, Scene) {
    const Certified both =
        certify({.common_name = "server", .dns_names = {"nfs1.example", "nfs2.example"}}, &pki.root);
    server.credentials = pki.server_credentials(both);
    const auto with = [&](auto change) {
        meet();
        const ClientParameters before = client;
        change();
        const std::string told = story();
        client = before;
        BOOST_TEST(story() == "done done resumed"); // it is there still
        return told;
    };
    BOOST_TEST(with([&] { client.server_name = "nfs2.example"; }) == "done done");
    BOOST_TEST(with([&] { client.ticket_scope = "another truststore"; }) == "done done");
    BOOST_TEST(with([&] { client.present_identity = false; }) == "done done");
    const Certified other = certify({.common_name = "other"}, &pki.root);
    BOOST_TEST(with([&] { client.credentials = load({.own = {other}, .trusted = {pki.root}}); }) ==
               "done done");
}

BOOST_FIXTURE_TEST_CASE(R_5_12_a_client_that_would_be_refused_in_full_is_refused_with_its_ticket, Scene) {
    meet();
    server.credentials =
        load({.own = {pki.server}, .trusted = {pki.root}, .crl = revoke(pki.root, {pki.client})});
    {
        // As in a full handshake, the client is done before it is judged.
        const auto pair = run();
        BOOST_TEST(pair->server_outcome.word == "certificate-revoked");
        BOOST_TEST(Pair::hear(pair->client, pair->client_outcome) == "client-certificate-refused");
        BOOST_TEST(tickets->size() == 0u);
    }
    server.credentials = pki.server_credentials();
    client.present_identity = false;
    meet();
    server.client_certificate = ClientCertificate::required;
    BOOST_TEST(run()->server_outcome.word == "certificate-missing");
    server.client_certificate = ClientCertificate::verified_if_given;
    client.present_identity = true;
    meet();
    server.credentials =
        load({.own = {pki.server}, .trusted = {certify({.common_name = "x", .is_ca = true})}});
    BOOST_TEST(run()->server_outcome.word == "ca-not-trusted");
}

BOOST_FIXTURE_TEST_CASE(R_5_12_a_server_that_would_be_refused_in_full_is_offered_no_ticket, Scene) {
    const auto verdict = [&] {
        const auto pair = run();
        BOOST_TEST(!pair->server.facts().resumed);
        return pair->client_outcome.word;
    };
    meet();
    client.credentials =
        load({.own = {pki.client}, .trusted = {pki.root}, .crl = revoke(pki.root, {pki.server})});
    BOOST_TEST(verdict() == "certificate-revoked");
    client.credentials = pki.identity();
    meet();
    client.pins = {std::string(64, 'a')};
    BOOST_TEST(verdict() == "server-key-not-pinned");
}

BOOST_FIXTURE_TEST_CASE(R_5_12_R_5_10_ALPN_is_agreed_on_anew, Scene) {
    server.alpn = AlpnPolicy::none;
    meet();
    client.alpn = AlpnPolicy::strict;
    const auto pair = run();
    BOOST_TEST(pair->client_outcome.word == "alpn-missing");
    BOOST_TEST(pair->client.facts().resumed);
}

BOOST_FIXTURE_TEST_CASE(the_bearer_of_a_ticket_that_is_not_taken_is_nobody, Scene) {
    meet();
    // Whoever has a ticket for another client's session and cannot use it proves nothing by it.
    const auto chain = pki.identity()->chain();
    auto ticket = tickets->take("nfs1.example\nsunrpc\n" + chain[0].fingerprint);
    BOOST_TEST_REQUIRE(ticket.has_value());
    ticket->key = "nfs1.example\nsunrpc";
    tickets->put(std::move(*ticket), std::chrono::hours(1));
    keys->rotate();
    client.present_identity = false;
    const auto pair = run();
    BOOST_TEST(pair->server_outcome.word == "done");
    BOOST_TEST(!pair->server.facts().resumed);
    BOOST_TEST(!pair->server.facts().peer_authenticated);
    BOOST_TEST(pair->server.facts().peer_chain.empty());
}

BOOST_FIXTURE_TEST_CASE(a_ticket_waits_for_room_and_the_session_for_it, Scene) {
    Pair pair(client, server);
    (void)*pair.client.handshake();
    (void)*pair.server.handshake();
    BOOST_TEST((*pair.client.handshake() == Session::Progress::done));
    BOOST_TEST(pair.connection.to_client->octets.empty());
    pair.connection.to_client->capacity = 100;
    BOOST_TEST((*pair.server.handshake() == Session::Progress::want_write));
    BOOST_TEST(Pair::hear(pair.client, pair.client_outcome) == "nothing");
    BOOST_TEST(tickets->size() == 0u);
    pair.connection.to_client->capacity = 100000;
    BOOST_TEST((*pair.server.handshake() == Session::Progress::done));
    BOOST_TEST((*pair.server.handshake() == Session::Progress::done));
    BOOST_TEST(pair.server.ready_for_kernel().has_value());
    BOOST_TEST(Pair::hear(pair.client, pair.client_outcome) == "nothing");
    BOOST_TEST(tickets->size() == 1u);
    BOOST_TEST(story() == "done done resumed");
}

BOOST_FIXTURE_TEST_CASE(a_ticket_that_the_kernel_has_opened_is_as_good, Scene) {
    Pair pair(client, server);
    pair.shake();
    // The one record that waits, opened as the kernel would do it.
    const auto &waiting = pair.connection.to_client->octets;
    std::vector<std::byte> record(waiting.begin(), waiting.end());
    const auto traffic = pair.client.traffic_keys(Direction::receive);
    BOOST_TEST_REQUIRE(traffic.has_value());
    const auto opened = RecordProtection(*traffic).open(0, record);
    BOOST_TEST_REQUIRE(opened.has_value());
    BOOST_TEST(pair.client.hear_ticket(opened->content).has_value());
    BOOST_TEST(tickets->size() == 1u);
    BOOST_TEST(story() == "done done resumed");

    Pair other(client, server);
    other.shake();
    BOOST_TEST(other.client.hear_ticket(opened->content.first(20)).error().name == "session-failed");
    client.tickets = nullptr;
    Pair without(client, server);
    without.shake();
    BOOST_TEST(without.client.hear_ticket(opened->content).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
