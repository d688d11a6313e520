// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/session.hpp"

#include "tests/unit/tls/session_fixture.hpp"

using namespace rpctls;
using namespace rpctls::test;
using rpctls::tls::AlpnPolicy;
using rpctls::tls::ClientCertificate;

namespace {

Pair usual(const Pki &pki, bool with_identity,
           ClientCertificate policy = ClientCertificate::verified_if_given) {
    return Pair({.credentials = with_identity ? pki.identity() : pki.trust(),
                 .server_name = "nfs1.example",
                 .present_identity = with_identity},
                {.credentials = pki.server_credentials(), .client_certificate = policy});
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_session)

BOOST_AUTO_TEST_CASE(R_4_2_2_3_an_anonymous_client_gets_a_session_and_stays_anonymous) {
    const Pki pki;
    Pair pair = usual(pki, false);
    pair.shake();
    BOOST_TEST(pair.client_outcome.word == "done");
    BOOST_TEST(pair.server_outcome.word == "done");
    const auto &seen = pair.client.facts();
    BOOST_TEST(seen.version == "TLS 1.3");
    BOOST_TEST(seen.cipher == "TLS_AES_256_GCM_SHA384");
    BOOST_TEST(!seen.group.empty());
    BOOST_TEST(seen.signature == "ecdsa_secp256r1_sha256");
    BOOST_TEST((seen.alpn == "sunrpc"));
    BOOST_TEST(seen.peer_authenticated);
    BOOST_TEST(seen.certificate_requested);
    BOOST_TEST(!seen.certificate_sent);
    BOOST_TEST(seen.peer_chain.size() == 1u);
    BOOST_TEST(pair.server.facts().peer_chain.empty());
    BOOST_TEST(!pair.server.facts().peer_authenticated);
    BOOST_TEST((pair.server.facts().alpn == "sunrpc"));
}

BOOST_AUTO_TEST_CASE(R_5_5_both_prove_who_they_are) {
    const Pki pki;
    Pair pair = usual(pki, true, ClientCertificate::required);
    pair.shake();
    BOOST_TEST(pair.client_outcome.word == "done");
    BOOST_TEST(pair.server_outcome.word == "done");
    BOOST_TEST(pair.client.facts().certificate_sent);
    BOOST_TEST(pair.server.facts().peer_authenticated);
    BOOST_TEST(pair.server.facts().peer_chain.at(0).subject == "CN=client");
}

BOOST_AUTO_TEST_CASE(R_4_2_1_3_both_ends_share_a_channel_binding_that_no_other_session_has) {
    const Pki pki;
    Pair pair = usual(pki, false);
    BOOST_TEST(!pair.client.channel_binding().has_value());
    pair.shake();
    const auto binding = pair.client.channel_binding();
    BOOST_TEST_REQUIRE(binding.has_value());
    BOOST_TEST(binding->size() == 32u);
    BOOST_TEST((*binding == pair.server.channel_binding().value()));
    Pair other = usual(pki, false);
    other.shake();
    BOOST_TEST((*binding != other.client.channel_binding().value()));
}

BOOST_AUTO_TEST_CASE(another_protocol_than_sunrpc_is_agreed_on_where_both_ends_name_it) {
    const Pki pki;
    const auto with = [&](std::string client, std::string server) {
        return Pair({.credentials = pki.trust(),
                     .server_name = "nfs1.example",
                     .alpn = AlpnPolicy::strict,
                     .protocol = std::move(client)},
                    {.credentials = pki.server_credentials(),
                     .alpn = AlpnPolicy::strict,
                     .protocol = std::move(server)});
    };
    Pair same = with("example/1", "example/1");
    same.shake();
    BOOST_TEST(same.client_outcome.word == "done");
    BOOST_TEST((same.client.facts().alpn == "example/1"));
    BOOST_TEST((same.server.facts().alpn == "example/1"));
    Pair different = with("example/1", "sunrpc");
    different.shake();
    BOOST_TEST(different.server_outcome.word == "alpn-mismatch");
    BOOST_TEST(different.client_outcome.word == "alpn-mismatch");
    BOOST_TEST(fact(different.client_outcome.error, "expected") == "example/1");
}

BOOST_AUTO_TEST_CASE(an_ignored_client_certificate_is_seen_but_proves_nothing) {
    const Pki pki;
    const Certified stranger = certify({.common_name = "stranger"});
    Pair pair({.credentials = load({.own = {stranger}, .trusted = {pki.root}}),
               .server_name = "nfs1.example",
               .present_identity = true},
              {.credentials = pki.server_credentials(), .client_certificate = ClientCertificate::ignored});
    pair.shake();
    BOOST_TEST(pair.server_outcome.word == "done");
    BOOST_TEST(pair.server.facts().peer_chain.size() == 1u);
    BOOST_TEST(!pair.server.facts().peer_authenticated);
}

BOOST_AUTO_TEST_CASE(a_handshake_and_data_survive_one_octet_at_a_time) {
    const Pki pki;
    Pair pair = usual(pki, true);
    pair.connection.to_server->chunk = pair.connection.to_client->chunk = 1;
    pair.shake();
    BOOST_TEST(pair.client_outcome.word == "done");
    BOOST_TEST(pair.server_outcome.word == "done");
    const std::string question = "question";
    BOOST_TEST((*pair.client.send(as_bytes(question)) == question.size()));
    std::string heard;
    BOOST_TEST(Pair::hear(pair.server, pair.server_outcome, &heard) == "8");
    BOOST_TEST(heard == question);
}

BOOST_AUTO_TEST_CASE(a_full_send_buffer_makes_the_handshake_wait_to_write) {
    const Pki pki;
    Pair pair = usual(pki, true);
    pair.connection.to_client->capacity = 100;
    (void)*pair.client.handshake();
    BOOST_TEST((*pair.server.handshake() == tls::Session::Progress::want_write));
    pair.connection.to_client->capacity = 100000;
    pair.shake();
    BOOST_TEST(pair.client_outcome.word == "done");
    BOOST_TEST(pair.server_outcome.word == "done");
}

BOOST_AUTO_TEST_CASE(a_record_the_transport_could_not_take_goes_out_once) {
    const Pki pki;
    Pair pair = usual(pki, false);
    pair.shake();
    pair.connection.to_server->octets.clear();
    pair.connection.to_server->capacity = 10;
    const std::string text(1000, 'x');
    BOOST_TEST((!*pair.client.send(as_bytes(text))));
    pair.connection.to_server->capacity = 100000;
    BOOST_TEST((*pair.client.send(as_bytes(text)) == 1000u));
    std::string heard;
    BOOST_TEST(Pair::hear(pair.server, pair.server_outcome, &heard) == "1000");
    BOOST_TEST(Pair::hear(pair.server, pair.server_outcome, &heard) == "nothing");
    BOOST_TEST(heard == text);
}

BOOST_AUTO_TEST_CASE(R_5_12_a_server_sends_nothing_after_its_handshake_no_ticket_above_all) {
    const Pki pki;
    Pair pair = usual(pki, true);
    pair.shake();
    BOOST_TEST(pair.connection.to_client->octets.empty());
    BOOST_TEST(pair.connection.to_server->octets.empty());
    BOOST_TEST(Pair::hear(pair.client, pair.client_outcome) == "nothing");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_2_a_session_reads_no_octet_past_its_handshake) {
    const Pki pki;
    Pair pair = usual(pki, true);
    (void)*pair.client.handshake();
    (void)*pair.server.handshake();
    BOOST_TEST((*pair.client.handshake() == tls::Session::Progress::done));
    const std::string early = "right behind the Finished";
    (void)*pair.client.send(as_bytes(early));
    BOOST_TEST((*pair.server.handshake() == tls::Session::Progress::done));
    BOOST_TEST(pair.connection.to_server->octets.size() == 5 + early.size() + 1 + 16);
    BOOST_TEST(pair.server.pending() == 0u);
    BOOST_TEST(pair.server.ready_for_kernel().has_value());
}

BOOST_AUTO_TEST_CASE(a_session_with_half_a_record_read_is_not_ready_for_the_kernel) {
    const Pki pki;
    Pair pair = usual(pki, false);
    BOOST_TEST(!pair.server.ready_for_kernel().has_value());
    pair.shake();
    (void)*pair.client.send(as_bytes("data"));
    auto &octets = pair.connection.to_server->octets;
    const std::byte last = octets.back();
    octets.pop_back();
    BOOST_TEST(Pair::hear(pair.server, pair.server_outcome) == "nothing");
    BOOST_TEST(!pair.server.ready_for_kernel().has_value());
    octets.push_back(last);
    std::byte room[1];
    BOOST_TEST((*pair.server.receive(room) == 1u));
    BOOST_TEST(pair.server.pending() == 3u);
    BOOST_TEST(!pair.server.ready_for_kernel().has_value());
}

BOOST_AUTO_TEST_CASE(R_5_1_1_10_close_notify_ends_a_session_and_the_other_end_reads_zero) {
    const Pki pki;
    Pair pair = usual(pki, false);
    pair.shake();
    pair.client.close();
    pair.connection.to_server->closed = true;
    BOOST_TEST(Pair::hear(pair.server, pair.server_outcome) == "0");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_11_an_end_without_close_notify_is_a_truncation) {
    const Pki pki;
    Pair pair = usual(pki, false);
    pair.shake();
    pair.connection.to_server->closed = true;
    BOOST_TEST(Pair::hear(pair.server, pair.server_outcome) == "session-truncated");
    BOOST_TEST(Pair::hear(pair.server, pair.server_outcome) == "session-truncated");
    BOOST_TEST(!pair.server.send(as_bytes("x")).has_value());
}

BOOST_AUTO_TEST_CASE(R_5_1_1_6_octets_in_clear_inside_a_session_end_it_with_an_alert) {
    const Pki pki;
    Pair pair = usual(pki, false);
    pair.shake();
    for (const char octet : std::string_view("\x80\0\0\x28 a call in clear", 21))
        pair.connection.to_server->octets.push_back(static_cast<std::byte>(octet));
    BOOST_TEST(Pair::hear(pair.server, pair.server_outcome) == "session-failed");
    BOOST_TEST(Pair::hear(pair.client, pair.client_outcome) == "peer-alert");
}

BOOST_AUTO_TEST_CASE(a_client_that_is_to_prove_itself_needs_an_identity) {
    const Pki pki;
    Connection connection;
    const auto session = tls::Session::client(
        {.credentials = pki.trust(), .server_name = "nfs1.example", .present_identity = true},
        connection.client);
    BOOST_TEST((!session && session.error().name == "identity-missing"));
    BOOST_TEST((tls::Session::server({.credentials = pki.trust()}, connection.server).error().name ==
                "identity-missing"));
}

BOOST_AUTO_TEST_SUITE_END()
