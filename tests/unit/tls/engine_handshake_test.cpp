// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/tls/engine_fixture.hpp"

#include "rpc/base/text.hpp"
#include "tests/unit/octets.hpp"

#include <boost/test/data/test_case.hpp>

#include <stdexcept>

using namespace rpctls;
using namespace rpctls::test;
using namespace rpctls::tls;
namespace data = boost::unit_test::data;

namespace {

ClientParameters anonymous(const Pki &pki, std::string name = "nfs1.example") {
    return {.credentials = pki.trust(), .server_name = std::move(name)};
}

void must_be_connected(const EnginePair &pair) {
    BOOST_TEST_REQUIRE(pair.client.word == "connected",
                       (pair.client.error ? summary(*pair.client.error) : "no error"));
    BOOST_TEST_REQUIRE(pair.server.word == "connected",
                       (pair.server.error ? summary(*pair.server.error) : "no error"));
    BOOST_TEST(!pair.client.alert.has_value());
    BOOST_TEST(!pair.server.alert.has_value());
    for (const Level level : {Level::handshake, Level::application})
        for (const auto &[sender, receiver] :
             {std::pair(&pair.client, &pair.server), std::pair(&pair.server, &pair.client)}) {
            const NewSecret *ours = sender->secret(level, Direction::transmit);
            const NewSecret *theirs = receiver->secret(level, Direction::receive);
            BOOST_TEST_REQUIRE(ours != nullptr);
            BOOST_TEST_REQUIRE(theirs != nullptr);
            BOOST_TEST(ours->secret.equals(theirs->secret.bytes()));
            BOOST_TEST((ours->cipher == theirs->cipher));
        }
    BOOST_TEST((*pair.client.engine.channel_binding() == *pair.server.engine.channel_binding()));
}

constexpr std::size_t whole = std::numeric_limits<std::size_t>::max();

} // namespace

BOOST_AUTO_TEST_SUITE(handshake_engine)

BOOST_DATA_TEST_CASE(two_engines_agree_however_their_octets_are_cut,
                     data::make({std::size_t{1}, std::size_t{7}, whole}), piece) {
    const Pki pki;
    EnginePair pair(anonymous(pki), {.credentials = pki.server_credentials()});
    BOOST_TEST((pair.client.engine.state() == HandshakeEngine::State::start));
    BOOST_TEST((pair.server.engine.state() == HandshakeEngine::State::start));
    pair.piece = piece;
    pair.run();
    must_be_connected(pair);
    const SessionFacts &facts = pair.client.engine.facts();
    BOOST_TEST(facts.version == "TLS 1.3");
    BOOST_TEST(facts.cipher == "TLS_AES_256_GCM_SHA384");
    BOOST_TEST(facts.alpn.value_or("") == "sunrpc");
    BOOST_TEST(facts.certificate_requested);
    BOOST_TEST(!facts.certificate_sent);
    BOOST_TEST(facts.peer_authenticated);
    BOOST_TEST_REQUIRE(facts.peer_chain.size() == 1u);
    BOOST_TEST(!pair.server.engine.facts().peer_authenticated);
    // Nothing in clear that is not meant to be, and no level that was not asked for.
    BOOST_TEST(pair.client.hellos == 1u);
    BOOST_TEST(pair.server.hellos == 1u);
    BOOST_TEST(pair.client.secret(Level::early, Direction::transmit) == nullptr);
    BOOST_TEST(pair.client.secret(Level::initial, Direction::transmit) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_state_says_whose_turn_it_is) {
    using State = HandshakeEngine::State;
    const Pki pki;
    EngineEnd client{*HandshakeEngine::client(anonymous(pki))};
    EngineEnd server{*HandshakeEngine::server({.credentials = pki.server_credentials()})};
    BOOST_TEST(server.engine.start().has_value()); // it has nothing to begin with
    BOOST_TEST((server.engine.state() == State::start));
    BOOST_TEST(client.engine.start().has_value());
    BOOST_TEST((client.engine.state() == State::wait));
    client.collect();
    BOOST_TEST(client.engine.start().has_value());
    client.collect();
    BOOST_TEST_REQUIRE(client.unsent.size() == 1u); // one hello, however often it is started
    const std::span<const std::byte> hello = client.unsent[0].octets;
    BOOST_TEST(server.engine.feed(Level::initial, hello.first(10)).has_value());
    BOOST_TEST((server.engine.state() == State::received));
    BOOST_TEST(server.engine.take().empty());
    BOOST_TEST(server.engine.feed(Level::initial, hello.subspan(10)).has_value());
    BOOST_TEST((server.engine.state() == State::wait));
    server.collect();
    for (const SendOctets &sent : server.unsent) {
        BOOST_TEST((client.engine.state() == State::wait));
        BOOST_TEST(client.engine.feed(sent.level, sent.octets).has_value());
    }
    BOOST_TEST((client.engine.state() == State::connected));
    BOOST_TEST((server.engine.state() == State::wait));
}

BOOST_DATA_TEST_CASE(both_ends_prove_themselves_with_chains, data::make({std::size_t{1}, whole}), piece) {
    const Pki pki;
    const Certified issuing = certify({.common_name = "Issuing CA", .is_ca = true}, &pki.root);
    const Certified server = certify({.dns_names = {"nfs1.example"}}, &issuing);
    const Certified client = certify({.dns_names = {"client.example"}}, &issuing);
    EnginePair pair({.credentials = load({.own = {client, issuing}, .trusted = {pki.root}}),
                     .server_name = "nfs1.example",
                     .present_identity = true},
                    {.credentials = load({.own = {server, issuing}, .trusted = {pki.root}}),
                     .client_certificate = ClientCertificate::required});
    pair.piece = piece;
    pair.run();
    must_be_connected(pair);
    BOOST_TEST(pair.client.engine.facts().certificate_sent);
    BOOST_TEST(pair.client.engine.facts().peer_chain.size() == 2u);
    BOOST_TEST(pair.server.engine.facts().peer_authenticated);
    BOOST_TEST_REQUIRE(pair.server.engine.facts().peer_chain.size() == 2u);
    BOOST_TEST(pair.server.engine.facts().peer_chain[0].names() == "DNS:client.example");
}

BOOST_AUTO_TEST_CASE(a_server_of_another_name_is_refused_by_the_client) {
    const Pki pki;
    EnginePair pair(anonymous(pki, "nfs2.example"), {.credentials = pki.server_credentials()});
    pair.run();
    BOOST_TEST(pair.client.word == "server-name-mismatch");
    BOOST_TEST(fact(pair.client.error, "expected") == "DNS:nfs2.example");
    BOOST_TEST(pair.client.alert.value_or(0) == 42u);
    BOOST_TEST((pair.client.alert_level == Level::handshake));
    BOOST_TEST(pair.client.secret(Level::application, Direction::transmit) == nullptr);
    BOOST_TEST(pair.server.word == "peer-alert");
    BOOST_TEST(fact(pair.server.error, "alert") == "bad_certificate");
    // It stays at that, whatever comes.
    BOOST_TEST(pair.client.engine.feed(Level::handshake, octets("14000000")).error().name ==
               "server-name-mismatch");
    BOOST_TEST(pair.client.engine.update_keys(false).error().name == "server-name-mismatch");
    BOOST_TEST(pair.client.engine.take().empty());
    BOOST_TEST((pair.client.engine.state() == HandshakeEngine::State::failed));
}

BOOST_AUTO_TEST_CASE(an_issuer_that_is_not_trusted_is_refused_by_the_client) {
    const Pki pki;
    const Pki other;
    EnginePair pair(anonymous(other), {.credentials = pki.server_credentials()});
    pair.run();
    BOOST_TEST(pair.client.word == "ca-not-trusted");
    BOOST_TEST(pair.client.alert.value_or(0) == 48u);
    BOOST_TEST(fact(pair.server.error, "alert") == "unknown_ca");
}

BOOST_AUTO_TEST_CASE(a_pin_holds_here_as_in_a_session) {
    const Pki pki;
    ClientParameters parameters = anonymous(pki);
    parameters.pins = {"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="};
    EnginePair pair(std::move(parameters), {.credentials = pki.server_credentials()});
    pair.run();
    BOOST_TEST(pair.client.word == "server-key-not-pinned");
}

BOOST_AUTO_TEST_CASE(a_client_hears_after_it_was_done_that_its_certificate_is_wanted) {
    const Pki pki;
    EnginePair pair(anonymous(pki), {.credentials = pki.server_credentials(),
                                     .client_certificate = ClientCertificate::required});
    pair.run();
    BOOST_TEST(pair.server.word == "certificate-missing");
    BOOST_TEST((pair.server.alert_level == Level::application));
    BOOST_TEST(pair.client.word == "client-certificate-required");
    // Until the alert it was connected: TLS 1.3 lets it finish first.
    BOOST_TEST(pair.client.secret(Level::application, Direction::transmit) != nullptr);
    BOOST_TEST(pair.server.secret(Level::application, Direction::receive) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_client_hears_after_it_was_done_that_its_certificate_is_refused) {
    const Pki pki;
    const Pki other;
    EnginePair pair({.credentials = load({.own = {other.client}, .trusted = {pki.root}}),
                     .server_name = "nfs1.example",
                     .present_identity = true},
                    {.credentials = pki.server_credentials()});
    pair.run();
    BOOST_TEST(pair.server.word == "ca-not-trusted");
    BOOST_TEST(pair.client.word == "client-certificate-refused");
    BOOST_TEST(fact(pair.client.error, "alert") == "unknown_ca");
}

BOOST_AUTO_TEST_CASE(the_protocol_is_what_both_ends_name) {
    const Pki pki;
    const auto agreed = [&](AlpnPolicy ours, std::string protocol, AlpnPolicy theirs) {
        ClientParameters client = anonymous(pki);
        client.alpn = ours;
        client.protocol = std::move(protocol);
        EnginePair pair(std::move(client), {.credentials = pki.server_credentials(), .alpn = theirs});
        pair.run();
        const bool connected = pair.client.word == "connected" && pair.server.word == "connected";
        return connected ? pair.client.engine.facts().alpn.value_or("none")
                         : pair.client.word + " " + pair.server.word;
    };
    using enum AlpnPolicy;
    BOOST_TEST(agreed(strict, "sunrpc", strict) == "sunrpc");
    BOOST_TEST(agreed(compatible, "sunrpc", none) == "none");
    BOOST_TEST(agreed(none, "", compatible) == "none");
    BOOST_TEST(agreed(strict, "h3", compatible) == "alpn-mismatch alpn-mismatch");
    BOOST_TEST(agreed(none, "", strict) == "alpn-mismatch alpn-missing");
    BOOST_TEST(agreed(strict, "sunrpc", none) == "alpn-missing alpn-mismatch");
}

namespace {

PresharedKey shared_key(std::string identity, unsigned char filling = 7) {
    PresharedKey key{std::move(identity), Secret(32), PskHash::sha256};
    std::ranges::fill(key.secret.bytes(), std::byte{filling});
    return key;
}

/// A client that offers a key of that name and filling to a server that has "disk", filled with 7.
EnginePair with_key(std::string identity, unsigned char filling = 7) {
    const FindPsk find = [](std::string_view offered) -> Result<PresharedKey> {
        if (offered != "disk")
            return Error{Stage::handshake, "psk-identity-unknown", "no such key"};
        return shared_key("disk");
    };
    return EnginePair(
        PskClientParameters{PskPolicy::load(), shared_key(std::move(identity), filling), "disk"},
        PskServerParameters{PskPolicy::load(), find});
}

} // namespace

BOOST_DATA_TEST_CASE(a_shared_key_proves_both_ends, data::make({std::size_t{1}, whole}), piece) {
    EnginePair pair = with_key("disk");
    pair.piece = piece;
    pair.run();
    must_be_connected(pair);
    BOOST_TEST(pair.client.engine.facts().peer_authenticated);
    BOOST_TEST(pair.server.engine.facts().peer_authenticated);
    BOOST_TEST(pair.server.engine.facts().psk_identity.value_or("") == "disk");
    BOOST_TEST(
        (pair.server.secret(Level::application, Direction::receive)->cipher == KtlsCipher::aes_128_gcm));
}

BOOST_AUTO_TEST_CASE(a_key_that_the_server_lacks_or_has_otherwise_is_refused_by_name) {
    EnginePair unknown = with_key("tape");
    unknown.run();
    BOOST_TEST(unknown.server.word == "psk-identity-unknown");
    BOOST_TEST(unknown.client.word == "psk-identity-refused");
    EnginePair different = with_key("disk", 8);
    different.run();
    BOOST_TEST(different.server.word == "psk-mismatch");
    BOOST_TEST(different.client.word == "psk-mismatch");
}

BOOST_AUTO_TEST_CASE(parameters_are_checked_as_a_sessions_are) {
    const Pki pki;
    BOOST_TEST(HandshakeEngine::client(anonymous(pki, "no name")).error().name == "server-name-invalid");
    BOOST_TEST(HandshakeEngine::server({.credentials = pki.trust()}).error().name == "identity-missing");
}

BOOST_AUTO_TEST_CASE(an_extension_of_another_protocol_goes_both_ways) {
    const Pki pki;
    const auto engine_of = [&](bool is_client, std::optional<ExtraExtension> extension) {
        EngineOptions options{.extension = std::move(extension)};
        return is_client ? HandshakeEngine::client(anonymous(pki), options)
                         : HandshakeEngine::server({.credentials = pki.server_credentials()}, options);
    };
    const auto run = [&](std::optional<ExtraExtension> ours, std::optional<ExtraExtension> theirs) {
        EnginePair pair(anonymous(pki), {.credentials = pki.server_credentials()});
        pair.client.engine = *engine_of(true, std::move(ours));
        pair.server.engine = *engine_of(false, std::move(theirs));
        pair.run();
        must_be_connected(pair);
        const auto text = [](const auto &octets) { return octets ? hex(*octets) : "absent"; };
        return text(pair.client.engine.peer_extension()) + " " + text(pair.server.engine.peer_extension());
    };
    constexpr std::uint16_t transport_parameters = 57;
    const ExtraExtension ours{transport_parameters, octets("01020304")};
    const ExtraExtension theirs{transport_parameters, octets("aa")};
    BOOST_TEST(run(ours, theirs) == "aa 01020304");
    BOOST_TEST(run(ours, {}) == "absent absent");
    BOOST_TEST(run({}, theirs) == "absent absent");
    const auto twice = [](std::span<const std::byte> octets) { return concatenated({octets, octets}); };
    const auto nothing = [](std::span<const std::byte>) { return std::vector<std::byte>(); };
    BOOST_TEST(run(ours, ExtraExtension{transport_parameters, {}, twice}) == "0102030401020304 01020304");
    BOOST_TEST(run(ours, ExtraExtension{transport_parameters, {}, nothing}) == "absent 01020304");
    BOOST_CHECK_THROW((void)engine_of(true, ExtraExtension{16, octets("00")}), std::invalid_argument);
    BOOST_CHECK_THROW((void)engine_of(false, ExtraExtension{transport_parameters}), std::invalid_argument);
    BOOST_CHECK_THROW((void)engine_of(true, ExtraExtension{transport_parameters, {}, twice}),
                      std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
