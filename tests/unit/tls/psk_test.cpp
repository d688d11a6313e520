// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/psk.hpp"
#include "tests/unit/tls/session_fixture.hpp"

#include <boost/test/data/test_case.hpp>

#include <algorithm>

using namespace rpctls;
using namespace rpctls::test;
using tls::PskHash;

namespace {

const std::string nvme_sha256 = "NVMe0R01 nqn.2014-08.org.example:host nqn.2014-08.org.example:disk";
const std::string nvme_sha384 = "NVMe1R02 nqn.2014-08.org.example:host nqn.2014-08.org.example:disk aGFzaA==";

tls::PresharedKey key(const std::string &identity, std::size_t size = 32, unsigned char filling = 7) {
    tls::PresharedKey key{identity, Secret(size), PskHash::sha256};
    std::ranges::fill(key.secret.bytes(), std::byte{filling});
    const auto hash = tls::psk_hash(identity, size);
    BOOST_TEST_REQUIRE(hash.has_value());
    key.hash = *hash;
    return key;
}

Error unknown(std::string_view identity) {
    return Error{Stage::handshake, "psk-identity-unknown", "no such key"}.with("identity",
                                                                               std::string(identity));
}

/// A server that has one key, and counts how often it was asked.
struct Target {
    explicit Target(tls::PresharedKey key) : own(std::move(key)) {}
    tls::FindPsk find() {
        return [this](std::string_view identity) -> Result<tls::PresharedKey> {
            ++asked;
            if (identity != own.identity)
                return unknown(identity);
            return tls::PresharedKey{own.identity, own.secret.duplicate(), own.hash};
        };
    }
    tls::PresharedKey own;
    int asked = 0;
};

struct PskPair {
    Connection connection;
    std::shared_ptr<const tls::PskPolicy> policy = tls::PskPolicy::load();
    tls::Session client;
    tls::Session server;
    Outcome client_outcome{};
    Outcome server_outcome{};

    PskPair(tls::PresharedKey offered, Target &target)
        : client(*tls::Session::psk_client({policy, std::move(offered), "disk.example"}, connection.client)),
          server(*tls::Session::psk_server({policy, target.find()}, connection.server)) {}

    void shake() { test::shake(client, client_outcome, server, server_outcome, connection); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(psk)

BOOST_AUTO_TEST_CASE(R_5_6_R_5_2_2_2_both_ends_of_a_shared_key_authenticate_each_other) {
    Target target(key(nvme_sha256));
    PskPair pair(key(nvme_sha256), target);
    pair.shake();
    BOOST_TEST(pair.client_outcome.word == "done");
    BOOST_TEST(pair.server_outcome.word == "done");
    BOOST_TEST(target.asked == 1);
    for (const tls::Session *end : {&pair.client, &pair.server}) {
        BOOST_TEST(end->facts().version == "TLS 1.3");
        BOOST_TEST(end->facts().cipher == "TLS_AES_128_GCM_SHA256");
        BOOST_TEST(!end->facts().group.empty()); // psk_dhe_ke: never the key alone
        BOOST_TEST(end->facts().psk_identity.value_or("") == nvme_sha256);
        BOOST_TEST(end->facts().peer_authenticated);
        BOOST_TEST(!end->facts().alpn.has_value());
        BOOST_TEST(end->facts().peer_chain.empty());
        BOOST_TEST(end->ready_for_kernel().has_value());
    }
    const auto theirs = pair.client.traffic_keys(tls::Direction::transmit);
    BOOST_TEST(pair.server.traffic_keys(tls::Direction::receive)->key.equals(theirs->key.bytes()));
}

BOOST_AUTO_TEST_CASE(sha384_brings_its_cipher_or_is_refused_by_name_where_gnutls_has_no_such_binder) {
    Target target(key(nvme_sha384, 48));
    if (const auto supported = tls::check_psk_support(PskHash::sha384); !supported) {
        Connection connection;
        const auto session = tls::Session::psk_client(
            {tls::PskPolicy::load(), key(nvme_sha384, 48), "disk.example"}, connection.client);
        BOOST_TEST_REQUIRE(!session.has_value());
        BOOST_TEST(session.error().name == "psk-hash-unsupported");
        BOOST_TEST(!fact(session.error(), "gnutls").empty());
        return;
    }
    PskPair pair(key(nvme_sha384, 48), target);
    pair.shake();
    BOOST_TEST(pair.client_outcome.word == "done");
    BOOST_TEST(pair.server_outcome.word == "done");
    BOOST_TEST(pair.client.facts().cipher == "TLS_AES_256_GCM_SHA384");
}

BOOST_AUTO_TEST_CASE(a_server_that_lacks_sha384_says_so_and_the_client_hears_an_alert) {
    // The client of another library may well offer one: the server's answer to its lookup is what counts here.
    Target target(key("shared"));
    target.own.hash = PskHash::sha384;
    PskPair pair(key("shared"), target);
    pair.shake();
    BOOST_TEST(pair.client_outcome.word != "done");
    BOOST_TEST(pair.server_outcome.word ==
               (tls::check_psk_support(PskHash::sha384) ? "psk-mismatch" : "psk-hash-unsupported"));
}

BOOST_AUTO_TEST_CASE(R_5_2_2_4_an_identity_that_the_server_does_not_know_is_refused_by_name_at_both_ends) {
    Target target(key("another"));
    PskPair pair(key(nvme_sha256), target);
    pair.shake();
    BOOST_TEST(pair.server_outcome.word == "psk-identity-unknown");
    BOOST_TEST(fact(pair.server_outcome.error, "identity") == nvme_sha256);
    BOOST_TEST(pair.client_outcome.word == "psk-identity-refused");
    BOOST_TEST(fact(pair.client_outcome.error, "alert") == "unknown_psk_identity");
    BOOST_TEST(!pair.server.facts().peer_authenticated);
}

BOOST_AUTO_TEST_CASE(R_5_2_2_4_another_secret_of_the_same_identity_is_a_mismatch_at_both_ends) {
    Target target(key(nvme_sha256, 32, 8));
    PskPair pair(key(nvme_sha256), target);
    pair.shake();
    BOOST_TEST(pair.server_outcome.word == "psk-mismatch");
    BOOST_TEST(pair.client_outcome.word == "psk-mismatch");
    BOOST_TEST(!pair.client.facts().peer_authenticated);
    BOOST_TEST(!pair.server.facts().peer_authenticated);
}

BOOST_AUTO_TEST_CASE(an_identity_as_long_as_nvme_allows_is_carried) {
    const std::string identity = "NVMe0R01 " + std::string(223, 'h') + " " + std::string(223, 's');
    Target target(key(identity));
    PskPair pair(key(identity), target);
    pair.shake();
    BOOST_TEST(pair.client_outcome.word == "done");
    BOOST_TEST(pair.server.facts().psk_identity.value_or("") == identity);
}

BOOST_AUTO_TEST_CASE(an_identity_beyond_the_limit_is_refused_without_a_lookup) {
    Target target(key("x"));
    PskPair pair(key(std::string(tls::longest_psk_identity + 1, 'i')), target);
    pair.shake();
    BOOST_TEST(pair.server_outcome.word == "psk-identity-unknown");
    BOOST_TEST(target.asked == 0);
}

BOOST_AUTO_TEST_CASE(a_client_with_certificates_gets_nowhere_with_a_psk_server_nor_the_reverse) {
    const Pki pki;
    {
        Connection connection;
        Target target(key("x"));
        auto client = *tls::Session::client({pki.trust(), "nfs1.example"}, connection.client);
        auto server = *tls::Session::psk_server({tls::PskPolicy::load(), target.find()}, connection.server);
        Outcome of_client, of_server;
        shake(client, of_client, server, of_server, connection);
        BOOST_TEST(of_server.word == "psk-missing");
        BOOST_TEST(of_client.word == "no-common-cipher");
        BOOST_TEST(target.asked == 0);
    }
    {
        Connection connection;
        auto client =
            *tls::Session::psk_client({tls::PskPolicy::load(), key("x"), "nfs1.example"}, connection.client);
        auto server = *tls::Session::server({pki.server_credentials()}, connection.server);
        Outcome of_client, of_server;
        shake(client, of_client, server, of_server, connection);
        BOOST_TEST(of_client.word != "done");
        BOOST_TEST(of_server.word != "done");
        BOOST_TEST(!client.facts().peer_authenticated);
    }
}

BOOST_AUTO_TEST_CASE(the_octets_of_a_hello_may_come_one_by_one) {
    Target target(key(nvme_sha256));
    PskPair pair(key(nvme_sha256), target);
    pair.connection.to_server->chunk = pair.connection.to_client->chunk = 1;
    pair.shake();
    BOOST_TEST(pair.server_outcome.word == "done");
    BOOST_TEST(target.asked == 1);
}

BOOST_AUTO_TEST_CASE(a_secret_is_nowhere_in_what_is_sent) {
    Target target(key(nvme_sha256));
    PskPair pair(key(nvme_sha256), target);
    (void)pair.client.handshake();
    const auto &hello = pair.connection.to_server->octets;
    const std::string text(reinterpret_cast<const char *>(std::vector(hello.begin(), hello.end()).data()),
                           hello.size());
    BOOST_TEST(text.find(nvme_sha256) != std::string::npos); // the identity is public
    BOOST_TEST(text.find(std::string(8, '\7')) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_hash_follows_from_an_nvme_identity_and_else_from_the_length) {
    BOOST_TEST((*tls::psk_hash(nvme_sha256, 32) == PskHash::sha256));
    BOOST_TEST((*tls::psk_hash(nvme_sha384, 48) == PskHash::sha384));
    BOOST_TEST((*tls::psk_hash("anything", 48) == PskHash::sha384));
    BOOST_TEST((*tls::psk_hash("anything", 32) == PskHash::sha256));
    BOOST_TEST((*tls::psk_hash("anything", 16) == PskHash::sha256));
    for (const auto &[identity, size] : {std::pair<std::string, std::size_t>{nvme_sha256, 48},
                                         {nvme_sha384, 32},
                                         {"NVMe0R03 a b", 32},
                                         {"NVMe0R00 a b", 32},
                                         {"anything", 0},
                                         {"anything", 15}}) {
        const auto hash = tls::psk_hash(identity, size);
        BOOST_TEST_REQUIRE(!hash.has_value());
        BOOST_TEST(hash.error().name == "psk-invalid");
    }
}

BOOST_AUTO_TEST_SUITE_END()
