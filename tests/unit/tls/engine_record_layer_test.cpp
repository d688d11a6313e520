// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/tls/engine_over_records.hpp"
#include "tests/unit/tls/raw_peer.hpp"
#include "tests/unit/tls/session_fixture.hpp"

#include <boost/test/data/test_case.hpp>

using namespace rpctls;
using namespace rpctls::test;
using namespace rpctls::tls;
namespace data = boost::unit_test::data;

namespace {

/// An engine at one end, at the other GnuTLS with its own record layer, able to do what a Session never would.
struct AgainstGnutls {
    Pki pki;
    Connection connection;
    std::optional<RawPeer> peer;
    std::optional<EngineOverRecords> ours;
    int code = GNUTLS_E_AGAIN;

    void client(RawPeer::Options options) {
        options.own = &pki.server;
        peer.emplace(connection.server, options);
        ours.emplace(*HandshakeEngine::client({.credentials = pki.trust(), .server_name = "nfs1.example"}),
                     connection.client);
        run();
    }

    void server(RawPeer::Options options) {
        options.is_client = true;
        peer.emplace(connection.client, options);
        ours.emplace(*HandshakeEngine::server({.credentials = pki.server_credentials()}), connection.server);
        run();
    }

    void run() {
        for (int round = 0; round < 20; ++round) {
            ours->turn();
            if (code != 0 && !gnutls_error_is_fatal(code))
                code = peer->shake();
        }
    }

    /// What the peer gets of the engine's data, or its error.
    std::string peer_hears() {
        ours->turn();
        char room[100];
        ssize_t count = GNUTLS_E_AGAIN;
        for (int i = 0; i < 5 && count == GNUTLS_E_AGAIN; ++i)
            count = gnutls_record_recv(peer->handle(), room, sizeof room);
        return count < 0 ? gnutls_strerror(static_cast<int>(count))
                         : std::string(room, static_cast<std::size_t>(count));
    }

    void peer_says(std::string_view text) {
        BOOST_TEST(gnutls_record_send(peer->handle(), text.data(), text.size()) ==
                   static_cast<ssize_t>(text.size()));
        ours->turn();
    }
};

const std::string tls13 = "NORMAL:-VERS-ALL:+VERS-TLS1.3";

} // namespace

BOOST_AUTO_TEST_SUITE(handshake_engine_and_the_record_layer_of_gnutls)

BOOST_DATA_TEST_CASE(every_cipher_is_agreed_on_and_carries_data_both_ways_as_client_and_server,
                     data::make({false, true}) *
                         data::make({"AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305"}),
                     as_client, cipher) {
    AgainstGnutls both;
    const RawPeer::Options options{.priority = tls13 + ":-CIPHER-ALL:+" + cipher, .alpn = {"sunrpc"}};
    as_client ? both.client(options) : both.server(options);
    BOOST_TEST_REQUIRE(both.code == 0);
    BOOST_TEST_REQUIRE(both.ours->word == "connected");
    both.ours->say("said by the engine");
    BOOST_TEST(both.peer_hears() == "said by the engine");
    both.peer_says("said by GnuTLS");
    BOOST_TEST(both.ours->heard == "said by GnuTLS");
    BOOST_TEST(both.ours->plaintext_records == 1u);
}

BOOST_DATA_TEST_CASE(a_share_that_the_server_does_not_take_is_asked_for_again, data::make({false, true}),
                     as_client) {
    AgainstGnutls both;
    // The engine offers shares of x25519 and secp256r1; and takes no secp521r1, of which alone the peer offers one.
    as_client ? both.client({.priority = tls13 + ":-GROUP-ALL:+GROUP-SECP384R1"})
              : both.server({.priority = tls13 + ":-GROUP-ALL:+GROUP-SECP521R1:+GROUP-SECP384R1"});
    BOOST_TEST_REQUIRE(both.code == 0);
    BOOST_TEST_REQUIRE(both.ours->word == "connected");
    BOOST_TEST(both.ours->plaintext_records == 2u); // two hellos, or a HelloRetryRequest and a hello
    BOOST_TEST(both.ours->engine.facts().group == "secp384r1");
    both.ours->say("all the same");
    BOOST_TEST(both.peer_hears() == "all the same");
}

BOOST_DATA_TEST_CASE(keys_are_updated_from_either_end, data::make({false, true}), as_client) {
    AgainstGnutls both;
    as_client ? both.client({.priority = tls13}) : both.server({.priority = tls13});
    BOOST_TEST_REQUIRE(both.ours->word == "connected");
    both.ours->update_keys(true);
    both.ours->say("under new keys");
    BOOST_TEST(both.peer_hears() == "under new keys");
    both.peer_says("answered under new keys"); // GnuTLS answers an update with the next data it sends
    BOOST_TEST(both.ours->heard == "answered under new keys");
    BOOST_TEST(both.ours->tickets_and_updates >= 1u);
    BOOST_TEST(gnutls_session_key_update(both.peer->handle(), GNUTLS_KU_PEER) == 0);
    both.peer_says(" and once more");
    BOOST_TEST(both.ours->heard == "answered under new keys and once more");
    both.ours->say("by both");
    BOOST_TEST(both.peer_hears() == "by both");
    both.ours->close();
    BOOST_TEST(both.peer_hears() == "");
}

BOOST_AUTO_TEST_SUITE_END()
