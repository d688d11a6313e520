// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/quic/engine_quic_end.hpp"
#include "tests/unit/quic/gnutls_quic_end.hpp"
#include "tests/unit/tls/session_fixture.hpp"

#include <boost/test/data/test_case.hpp>

using namespace rpctls;
using namespace rpctls::test;
using namespace rpctls::tls;
namespace data = boost::unit_test::data;

namespace {

EngineQuicEnd engine_client(const Pki &pki, bool present_identity = false,
                            std::string name = "nfs1.example") {
    return EngineQuicEnd(true, [=, credentials = pki.identity()](EngineOptions options) {
        return HandshakeEngine::client({.credentials = credentials,
                                        .server_name = name,
                                        .present_identity = present_identity,
                                        .alpn = AlpnPolicy::strict},
                                       std::move(options));
    });
}

EngineQuicEnd engine_server(const Pki &pki, ClientCertificate certificate = ClientCertificate::ignored) {
    return EngineQuicEnd(false, [=, credentials = pki.server_credentials()](EngineOptions options) {
        return HandshakeEngine::server(
            {.credentials = credentials, .client_certificate = certificate, .alpn = AlpnPolicy::strict},
            std::move(options));
    });
}

/// Until neither has a packet left.
void carry(QuicEnd &one, QuicEnd &other) {
    for (int round = 0; round < 30; ++round)
        for (const auto &[from, to] : {std::pair(&one, &other), std::pair(&other, &one)})
            for (const Packet &packet : from->packets())
                to->receive(packet);
}

void must_talk(QuicEnd &client, QuicEnd &server) {
    BOOST_TEST_REQUIRE(client.error() == 0, ngtcp2_strerror(client.error()));
    BOOST_TEST_REQUIRE(server.error() == 0, ngtcp2_strerror(server.error()));
    BOOST_TEST_REQUIRE(client.is_connected());
    BOOST_TEST_REQUIRE(server.is_connected());
    BOOST_TEST(client.is_confirmed());
    const std::string before = server.heard(), and_back = client.heard();
    client.say("asked over QUIC");
    carry(client, server);
    BOOST_TEST(server.heard() == before + "asked over QUIC");
    server.say("answered over QUIC");
    carry(client, server);
    BOOST_TEST(client.heard() == and_back + "answered over QUIC");
}

} // namespace

BOOST_AUTO_TEST_SUITE(quic_on_a_handshake_engine)

// The engine offers shares of x25519 and secp256r1: the second server asks for another.
BOOST_DATA_TEST_CASE(a_client_talks_to_ngtcp2_with_gnutls, data::make({"+GROUP-X25519", "+GROUP-SECP384R1"}),
                     groups) {
    const Pki pki;
    EngineQuicEnd client = engine_client(pki);
    GnutlsQuicEnd server(false, {.own = &pki.server, .groups = groups});
    carry(client, server);
    BOOST_TEST(!client.failure().has_value());
    must_talk(client, server);
    BOOST_TEST(client.engine()->facts().alpn.value_or("") == "sunrpc");
    BOOST_TEST(client.engine()->facts().peer_authenticated);
    BOOST_TEST(client.engine()->peer_extension().has_value());
}

BOOST_DATA_TEST_CASE(a_server_talks_to_ngtcp2_with_gnutls,
                     data::make({"+GROUP-X25519", "+GROUP-SECP521R1:+GROUP-SECP384R1"}), groups) {
    const Pki pki;
    GnutlsQuicEnd client(true, {.root = &pki.root, .groups = groups});
    EngineQuicEnd server = engine_server(pki);
    carry(client, server);
    BOOST_TEST(!server.failure().has_value());
    must_talk(client, server);
    BOOST_TEST(server.engine()->peer_extension().has_value());
    BOOST_TEST(client.peers_certificates() == 1u);
}

BOOST_AUTO_TEST_CASE(both_ends_may_prove_themselves) {
    const Pki pki;
    EngineQuicEnd client = engine_client(pki, true);
    GnutlsQuicEnd server(false, {.own = &pki.server, .root = &pki.root, .require_certificate = true});
    carry(client, server);
    must_talk(client, server);
    BOOST_TEST(server.peers_certificates() == 1u);

    GnutlsQuicEnd other_client(true, {.own = &pki.client, .root = &pki.root});
    EngineQuicEnd other_server = engine_server(pki, ClientCertificate::required);
    carry(other_client, other_server);
    must_talk(other_client, other_server);
    BOOST_TEST(other_server.engine()->facts().peer_authenticated);
}

BOOST_AUTO_TEST_CASE(keys_are_updated_as_quic_does_it) {
    const Pki pki;
    EngineQuicEnd client = engine_client(pki);
    GnutlsQuicEnd server(false, {.own = &pki.server});
    carry(client, server);
    must_talk(client, server);
    BOOST_TEST(client.update_keys() == 0);
    must_talk(client, server);
}

BOOST_AUTO_TEST_CASE(a_server_of_another_name_is_refused_with_its_alert) {
    const Pki pki;
    EngineQuicEnd client = engine_client(pki, false, "nfs2.example");
    GnutlsQuicEnd server(false, {.own = &pki.server});
    carry(client, server);
    BOOST_TEST_REQUIRE(client.failure().has_value());
    BOOST_TEST(client.failure()->name == "server-name-mismatch");
    BOOST_TEST(client.error() == NGTCP2_ERR_CRYPTO);
    BOOST_TEST(client.alert() == 42u);
    BOOST_TEST(!client.is_connected());
}

BOOST_AUTO_TEST_CASE(an_engine_talks_to_an_engine) {
    const Pki pki;
    EngineQuicEnd client = engine_client(pki, true);
    EngineQuicEnd server = engine_server(pki, ClientCertificate::required);
    carry(client, server);
    must_talk(client, server);
    BOOST_TEST(server.engine()->facts().peer_authenticated);
}

BOOST_AUTO_TEST_SUITE_END()
