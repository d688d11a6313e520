// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/post_quantum.hpp"
#include "rpc/tls/x509.hpp"
#include "tests/unit/tls/raw_peer.hpp"
#include "tests/unit/tls/session_fixture.hpp"

using namespace rpctls;
using namespace rpctls::test;

namespace {

/// No GnuTLS at hand has ML-DSA: an RSA pair takes the place of the post-quantum one, and peers that do not take RSA
/// signatures that of the classic ones. What chooses between the two knows no kinds.
struct TwoKinds : Pki {
    Certified rsa_server =
        certify({.common_name = "rsa", .dns_names = {"nfs1.example"}, .rsa_bits = 2048}, &root);
    Certified rsa_client =
        certify({.common_name = "rsa", .dns_names = {"client.example"}, .rsa_bits = 2048}, &root);
    Connection connection;

    std::shared_ptr<const tls::Credentials> both(const Certified &classic, const Certified &preferred) const {
        return load({.own = {classic}, .trusted = {root}, .preferred = &preferred});
    }

    static constexpr const char *all = "NORMAL:-VERS-ALL:+VERS-TLS1.3";
    static constexpr const char *only_ecdsa =
        "NORMAL:-VERS-ALL:+VERS-TLS1.3:-SIGN-ALL:+SIGN-ECDSA-SECP256R1-SHA256";

    /// The common name that a client of bare GnuTLS is shown.
    std::string shown_to_client(const char *priority) {
        RawPeer peer(connection.client, {.is_client = true, .priority = priority});
        auto ours = *tls::Session::server({.credentials = both(this->server, rsa_server)}, connection.server);
        shake(peer, ours);
        return common_name(peer);
    }

    std::string shown_to_server(const char *priority) {
        RawPeer peer(connection.server, {.priority = priority, .own = &this->server});
        gnutls_certificate_server_set_request(peer.handle(), GNUTLS_CERT_REQUIRE);
        auto ours = *tls::Session::client({.credentials = both(this->client, rsa_client),
                                           .server_name = "nfs1.example",
                                           .present_identity = true},
                                          connection.client);
        shake(peer, ours);
        return common_name(peer);
    }

private:
    static void shake(RawPeer &peer, tls::Session &ours) {
        for (int round = 0; round < 8; ++round) {
            (void)ours.handshake();
            (void)peer.shake();
        }
    }

    static std::string common_name(RawPeer &peer) {
        unsigned count = 0;
        const gnutls_datum_t *chain = gnutls_certificate_get_peers(peer.handle(), &count);
        if (chain == nullptr || count == 0)
            return "none";
        const auto info = tls::describe(tls::view(chain[0]), "the peer's");
        return info ? info->subject : info.error().name;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(preferred_identity)

BOOST_FIXTURE_TEST_CASE(a_server_shows_the_preferred_pair_to_clients_that_take_its_kind, TwoKinds) {
    BOOST_TEST(shown_to_client(all) == "CN=rsa");
}

BOOST_FIXTURE_TEST_CASE(and_the_classic_one_to_others, TwoKinds) {
    BOOST_TEST(shown_to_client(only_ecdsa) == "CN=server");
}

BOOST_FIXTURE_TEST_CASE(a_client_chooses_by_what_the_server_takes, TwoKinds) {
    BOOST_TEST(shown_to_server(all) == "CN=rsa");
}

BOOST_FIXTURE_TEST_CASE(and_so_does_one_that_meets_an_older_server, TwoKinds) {
    BOOST_TEST(shown_to_server(only_ecdsa) == "CN=client");
}

BOOST_FIXTURE_TEST_CASE(the_preferred_chain_stands_beside_the_own_one, TwoKinds) {
    const auto credentials = both(server, rsa_server);
    BOOST_TEST(credentials->chain().front().subject == "CN=server");
    BOOST_TEST(credentials->preferred_chain().front().subject == "CN=rsa");
    BOOST_TEST(server_credentials()->preferred_chain().empty());
}

BOOST_FIXTURE_TEST_CASE(a_classic_certificate_is_no_post_quantum_one, TwoKinds) {
    const auto credentials = server_credentials();
    const auto checked = tls::check_post_quantum(credentials->chain().front(), "/etc/pq.pem");
    BOOST_TEST_REQUIRE(!checked.has_value());
    BOOST_TEST(checked.error().name == "pq-certificate-classic");
    tls::CertificateInfo post_quantum = credentials->chain().front();
    post_quantum.key_type = "ML-DSA-65";
    BOOST_TEST(tls::check_post_quantum(post_quantum, "/etc/pq.pem").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
