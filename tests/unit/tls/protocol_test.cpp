// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/session.hpp"

#include "tests/unit/tls/raw_peer.hpp"
#include "tests/unit/tls/session_fixture.hpp"

#include <algorithm>

using namespace rpctls;
using namespace rpctls::test;
using rpctls::tls::AlpnPolicy;
using Progress = rpctls::tls::Session::Progress;

namespace {

std::string outcome(tls::Session &session) {
    const auto progress = session.handshake();
    if (!progress)
        return progress.error().name;
    return *progress == Progress::done ? "done" : "waiting";
}

/// Our session, either role, against a peer of bare GnuTLS.
struct Against {
    Pki pki;
    Connection connection;
    std::string word = "waiting";
    std::optional<Error> error;
    int peer_code = GNUTLS_E_AGAIN;
    unsigned peer_alert = 0; ///< what the peer heard from us
    std::optional<tls::Session> session;

    void client(RawPeer::Options options, AlpnPolicy alpn = AlpnPolicy::compatible) {
        options.own = &pki.server;
        RawPeer peer(connection.server, options);
        session = *tls::Session::client(
            {.credentials = pki.trust(), .server_name = "nfs1.example", .alpn = alpn}, connection.client);
        run(peer, *connection.to_server, *connection.to_client);
    }

    void server(RawPeer::Options options, AlpnPolicy alpn = AlpnPolicy::compatible) {
        options.is_client = true;
        RawPeer peer(connection.client, options);
        session =
            *tls::Session::server({.credentials = pki.server_credentials(), .alpn = alpn}, connection.server);
        run(peer, *connection.to_client, *connection.to_server);
    }

private:
    void run(RawPeer &peer, Pipe &ours, Pipe &theirs) {
        for (int round = 0; round < 8; ++round) {
            if (word == "waiting") {
                const auto progress = session->handshake();
                if (!progress) {
                    word = progress.error().name;
                    error = progress.error();
                    ours.closed = true;
                } else if (*progress == Progress::done) {
                    word = "done";
                }
            }
            if (peer_code == GNUTLS_E_AGAIN) {
                peer_code = peer.shake();
                if (peer_code == GNUTLS_E_FATAL_ALERT_RECEIVED)
                    peer_alert = gnutls_alert_get(peer.handle());
                if (gnutls_error_is_fatal(peer_code))
                    theirs.closed = true;
            }
        }
    }
};

std::string first_flight(const std::string &server_name) {
    const Pki pki;
    Connection connection;
    auto session =
        *tls::Session::client({.credentials = pki.trust(), .server_name = server_name}, connection.client);
    BOOST_TEST(outcome(session) == "waiting");
    std::string octets;
    std::ranges::transform(connection.to_server->octets, std::back_inserter(octets),
                           [](std::byte octet) { return static_cast<char>(octet); });
    return octets;
}

std::string answered_with(const std::string &octets, bool close) {
    const Pki pki;
    Connection connection;
    auto session =
        *tls::Session::client({.credentials = pki.trust(), .server_name = "nfs1.example"}, connection.client);
    BOOST_TEST(outcome(session) == "waiting");
    std::ranges::transform(octets, std::back_inserter(connection.to_client->octets),
                           [](char octet) { return static_cast<std::byte>(octet); });
    connection.to_client->closed = close;
    return outcome(session);
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_protocol)

BOOST_AUTO_TEST_CASE(R_5_1_a_client_offers_TLS_1_3_and_three_AEAD_suites_and_nothing_else) {
    const std::string hello = first_flight("nfs1.example");
    BOOST_TEST(hello.substr(0, 3) == "\x16\x03\x01");
    BOOST_TEST(hello.find(std::string("\x00\x2b\x00\x03\x02\x03\x04", 7)) != std::string::npos);
    const std::size_t session_id = 5 + 4 + 2 + 32; // record, handshake, legacy_version, random
    const std::size_t suites = session_id + 1 + static_cast<unsigned char>(hello[session_id]);
    BOOST_TEST(hello.substr(suites, 8) == std::string("\x00\x06\x13\x02\x13\x01\x13\x03", 8));
}

BOOST_AUTO_TEST_CASE(R_5_7_a_client_s_ALPN_names_sunrpc_only) {
    const std::string extension("\x00\x10\x00\x09\x00\x07\x06sunrpc", 13);
    BOOST_TEST(first_flight("nfs1.example").find(extension) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(R_6_1_a_client_offers_no_early_data_and_no_resumption) {
    const std::string hello = first_flight("nfs1.example");
    BOOST_TEST(hello.find(std::string("\x00\x2a\x00\x00", 4)) == std::string::npos); // early_data
    BOOST_TEST(hello.find(std::string("\x00\x29\x00", 3)) == std::string::npos);     // pre_shared_key
    BOOST_TEST(hello.find(std::string("\x00\x23\x00", 3)) == std::string::npos);     // session_ticket
}

BOOST_AUTO_TEST_CASE(R_5_2_1_9_SNI_carries_a_DNS_name_and_never_an_address) {
    BOOST_TEST(first_flight("NFS1.example.").find("nfs1.example") != std::string::npos);
    BOOST_TEST(first_flight("192.0.2.7").find("192.0.2.7") == std::string::npos);
    BOOST_TEST(first_flight("2001:db8::7").find("2001:db8") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(R_5_1_a_server_with_TLS_1_2_only_is_refused) {
    Against against;
    against.client({.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2"});
    // This peer words it as handshake_failure, others as protocol_version: see the alerts below.
    BOOST_TEST(against.word == "no-common-cipher");
    BOOST_TEST(against.error->hint.find("TLS 1.3") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(R_5_1_a_client_with_TLS_1_2_only_gets_alert_70) {
    Against against;
    against.server({.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2"});
    BOOST_TEST(against.word == "tls-version");
    BOOST_TEST(against.peer_alert == 70u);
}

BOOST_AUTO_TEST_CASE(R_5_2_a_peer_with_nothing_but_the_mandatory_suite_and_P_256_connects_in_both_roles) {
    const std::string mandatory =
        "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:-GROUP-ALL:+GROUP-SECP256R1";
    Against as_client;
    as_client.client({.priority = mandatory, .alpn = {"sunrpc"}});
    BOOST_TEST(as_client.word == "done");
    BOOST_TEST(as_client.session->facts().cipher == "TLS_AES_128_GCM_SHA256");
    BOOST_TEST(as_client.session->facts().group == "secp256r1");
    Against as_server;
    as_server.server({.priority = mandatory, .alpn = {"sunrpc"}});
    BOOST_TEST(as_server.word == "done");
    BOOST_TEST(as_server.session->facts().cipher == "TLS_AES_128_GCM_SHA256");
}

BOOST_AUTO_TEST_CASE(ChaCha20_is_taken_where_the_peer_has_nothing_else) {
    Against against;
    against.server({.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305"});
    BOOST_TEST(against.session->facts().cipher == "TLS_CHACHA20_POLY1305_SHA256");
    BOOST_TEST((against.session->traffic_keys(tls::Direction::receive)->cipher ==
                tls::KtlsCipher::chacha20_poly1305));
    BOOST_TEST(against.session->traffic_keys(tls::Direction::receive)->key.size() == 32u);
}

BOOST_AUTO_TEST_CASE(R_5_3_suites_that_the_kernel_cannot_take_over_are_not_negotiated) {
    for (const auto *cipher : {"AES-128-CCM", "AES-128-CCM-8"}) {
        Against against;
        against.server({.priority = std::string("NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+") + cipher});
        BOOST_TEST(against.word == "no-common-cipher");
        BOOST_TEST(against.peer_alert == 40u);
        Against as_client;
        as_client.client({.priority = std::string("NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+") + cipher});
        BOOST_TEST(as_client.word == "no-common-cipher");
    }
}

BOOST_AUTO_TEST_CASE(R_5_8_a_server_picks_sunrpc_from_what_a_client_offers) {
    Against against;
    against.server({.alpn = {"h2", "sunrpc"}}, AlpnPolicy::strict);
    BOOST_TEST(against.word == "done");
    BOOST_TEST((against.session->facts().alpn == "sunrpc"));
}

BOOST_AUTO_TEST_CASE(R_5_9_a_client_that_offers_other_protocols_only_gets_alert_120) {
    for (const AlpnPolicy policy : {AlpnPolicy::compatible, AlpnPolicy::strict}) {
        Against against;
        against.server({.alpn = {"h2"}}, policy);
        BOOST_TEST(against.word == "alpn-mismatch");
        BOOST_TEST(against.peer_alert == 120u);
    }
}

BOOST_AUTO_TEST_CASE(R_5_11_a_client_without_ALPN_is_let_in_or_gets_alert_120_as_the_policy_says) {
    Against compatible;
    compatible.server({});
    BOOST_TEST(compatible.word == "done");
    BOOST_TEST(!compatible.session->facts().alpn.has_value());
    Against strict;
    strict.server({}, AlpnPolicy::strict);
    BOOST_TEST(strict.word == "alpn-missing");
    BOOST_TEST(strict.peer_alert == 120u);
}

BOOST_AUTO_TEST_CASE(R_5_10_a_server_without_ALPN_is_accepted_or_refused_as_the_policy_says) {
    Against compatible;
    compatible.client({});
    BOOST_TEST(compatible.word == "done");
    BOOST_TEST(!compatible.session->facts().alpn.has_value());
    Against strict;
    strict.client({}, AlpnPolicy::strict);
    BOOST_TEST(strict.word == "alpn-missing");
    BOOST_TEST(strict.peer_alert == 120u);
}

BOOST_AUTO_TEST_CASE(a_consumer_that_is_not_RPC_sends_no_ALPN_and_looks_at_none) {
    Against against;
    against.client({.alpn = {"h2"}}, AlpnPolicy::none);
    BOOST_TEST(against.word == "done");
    BOOST_TEST(!against.session->facts().alpn.has_value());
}

BOOST_AUTO_TEST_CASE(a_peer_that_goes_on_in_clear_is_not_TLS) {
    const std::string reply("\x80\x00\x00\x18\x11\x22\x33\x44", 8);
    BOOST_TEST(answered_with(reply, false) == "not-tls");
    BOOST_TEST(answered_with("HTTP/1.1 400 Bad Request\r\n", true) == "not-tls");
    BOOST_TEST(answered_with("\x80", false) == "not-tls");
}

BOOST_AUTO_TEST_CASE(a_peer_that_closes_or_resets_is_told_from_one_that_is_no_TLS) {
    BOOST_TEST(answered_with("", true) == "handshake-closed");
    BOOST_TEST(answered_with(std::string("\x16\x03\x03\x00", 4), true) == "handshake-closed");
    const Pki pki;
    Connection connection;
    auto session =
        *tls::Session::client({.credentials = pki.trust(), .server_name = "nfs1.example"}, connection.client);
    connection.to_client->reset = true;
    BOOST_TEST(outcome(session) == "handshake-reset");
    BOOST_TEST(outcome(session) == "handshake-reset"); // and stays so
}

BOOST_AUTO_TEST_CASE(alerts_in_place_of_a_ServerHello_are_told_apart) {
    const auto alert = [](char number) {
        return answered_with(std::string("\x15\x03\x03\x00\x02\x02", 6) + number, true);
    };
    BOOST_TEST(alert(70) == "tls-version");
    BOOST_TEST(alert(40) == "no-common-cipher");
    BOOST_TEST(alert(120) == "alpn-mismatch");
    BOOST_TEST(alert(80) == "peer-alert");
    BOOST_TEST(alert(112) == "peer-alert");
    BOOST_TEST(alert(0) == "handshake-closed");
}

BOOST_AUTO_TEST_CASE(garbage_in_a_TLS_record_ends_the_handshake) {
    BOOST_TEST(answered_with(std::string("\x16\x03\x03\x00\x05\x63\x00\x00\x01\x00", 10), false) ==
               "handshake-failed");
    // A message announced as 4 MiB is not collected up to there.
    std::string endless("\x16\x03\x03\x40\x00\x02\x40\x00\x00", 9);
    endless.resize(5 + 16384, 'x');
    for (int i = 0; i < 16; ++i)
        endless += std::string("\x16\x03\x03\x40\x00", 5) + std::string(16384, 'x');
    BOOST_TEST(answered_with(endless, false) == "handshake-failed");
}

BOOST_AUTO_TEST_CASE(endless_warnings_do_not_keep_a_client_busy) {
    std::string warnings;
    for (int i = 0; i < 1000; ++i)
        warnings += std::string("\x15\x03\x03\x00\x02\x01\x70", 7); // unrecognized_name
    BOOST_TEST(answered_with(warnings, false) == "handshake-failed");
}

BOOST_AUTO_TEST_CASE(R_5_13_a_key_update_is_obeyed) {
    const Pki pki;
    Connection connection;
    RawPeer peer(connection.server, {.own = &pki.server});
    auto session =
        *tls::Session::client({.credentials = pki.trust(), .server_name = "nfs1.example"}, connection.client);
    for (int round = 0; round < 4; ++round) {
        (void)session.handshake();
        (void)peer.shake();
    }
    BOOST_TEST(outcome(session) == "done");
    BOOST_TEST(gnutls_session_key_update(peer.handle(), GNUTLS_KU_PEER) == 0);
    BOOST_TEST(gnutls_record_send(peer.handle(), "after", 5) == 5);
    std::byte room[64];
    const auto received = session.receive(room);
    BOOST_TEST_REQUIRE(received.has_value());
    BOOST_TEST((*received == 5u));
    BOOST_TEST((*session.send(as_bytes("answer")) == 6u));
    char text[64];
    ssize_t count = GNUTLS_E_AGAIN; // once for the answering KeyUpdate
    for (int i = 0; i < 3 && count == GNUTLS_E_AGAIN; ++i)
        count = gnutls_record_recv(peer.handle(), text, sizeof text);
    BOOST_TEST(count == 6);
}

BOOST_FIXTURE_TEST_CASE(a_servers_record_size_limit_is_known_from_its_extensions, Against) {
    client({.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3", .largest_record = 512});
    BOOST_TEST_REQUIRE(word == "done");
    BOOST_TEST(session->largest_payload() == 512u);
}

BOOST_FIXTURE_TEST_CASE(a_clients_record_size_limit_is_known_from_its_hello, Against) {
    server({.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3", .largest_record = 1024});
    BOOST_TEST_REQUIRE(word == "done");
    BOOST_TEST(session->largest_payload() == 1024u);
    BOOST_TEST(session->ready_for_kernel().has_value());
}

BOOST_FIXTURE_TEST_CASE(a_peer_without_a_limit_takes_full_records, Against) {
    server({.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3"});
    BOOST_TEST_REQUIRE(word == "done");
    BOOST_TEST(session->largest_payload() == 16384u);
}

BOOST_AUTO_TEST_SUITE_END()
