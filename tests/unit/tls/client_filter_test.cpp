// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/client_filter.hpp"

#include "tests/unit/tls/session_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using tls::CertificateInfo;
using tls::ClientFilters;
using tls::NamePattern;

namespace {

CertificateInfo certificate() {
    CertificateInfo info;
    info.issuer = "CN=Site CA,O=Site";
    info.dns_names = {"Host1.lab.example"};
    info.ip_addresses = {"192.0.2.7", "2001:db8::7"};
    info.uris = {"spiffe://site/host1"};
    info.spki_pin = std::string(64, 'a');
    return info;
}

Result<ClientFilters> filters(std::string_view text) {
    return ClientFilters::read(*Ini::parse(text, "conf"));
}

std::vector<std::string> tags(std::string_view text) {
    const auto read = filters(text);
    BOOST_TEST_REQUIRE(read.has_value(), text);
    return read->tags(certificate());
}

bool matches(std::string_view pattern) {
    const auto parsed = NamePattern::parse(pattern);
    BOOST_TEST_REQUIRE(parsed.has_value(), pattern);
    return parsed->matches(certificate());
}

using Tags = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(client_filters)

BOOST_AUTO_TEST_CASE(names_match_exactly_or_below_a_domain) {
    for (const char *pattern :
         {"host1.lab.example", "HOST1.LAB.EXAMPLE", "DNS:host1.lab.example", "*.lab.example", "*.example",
          "192.0.2.7", "IP:192.0.2.7", "2001:0DB8:0:0::7", "URI:spiffe://site/host1"})
        BOOST_TEST(matches(pattern), pattern);
    for (const char *pattern :
         {"host2.lab.example", "lab.example", "*.host1.lab.example", "*.ab.example", "DNS:192.0.2.7.example",
          "192.0.2.70", "URI:spiffe://site/host", "*.1.lab.example"})
        BOOST_TEST(!matches(pattern), pattern);
}

BOOST_AUTO_TEST_CASE(a_wildcard_in_a_certificate_is_nobodys_name) {
    CertificateInfo info;
    info.dns_names = {"*.lab.example", ".lab.example", "a..lab.example", std::string("a\0.lab.example", 14)};
    BOOST_TEST(!NamePattern::parse("*.lab.example")->matches(info));
    BOOST_TEST(!NamePattern::parse("*.example")->matches(info));
}

BOOST_AUTO_TEST_CASE(patterns_that_make_no_sense_are_refused) {
    for (const char *bad : {"", "*", "*.", "*.*.example", "a.*.example", "h*.example", "a b", "IP:host",
                            "URI:", "*lab.example", "DNS:", "DNS:192.0.2.7:", ".example"})
        BOOST_TEST(!NamePattern::parse(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(conditions_of_one_kind_are_alternatives_and_all_kinds_must_fit) {
    BOOST_TEST(tags("[clients.lab]\nsan=*.lab.example\n") == Tags{"lab"});
    BOOST_TEST(tags("[clients.lab]\nsan=other.example\nsan=192.0.2.7\n") == Tags{"lab"});
    BOOST_TEST(tags("[clients.lab]\nsan=*.lab.example\nissuer=CN=Site CA,O=Site\n") == Tags{"lab"});
    BOOST_TEST(tags("[clients.lab]\nsan=*.lab.example\nissuer=CN=Other CA\n").empty());
    BOOST_TEST(tags("[clients.lab]\npin=" + std::string(64, 'A') + "\n") == Tags{"lab"});
    BOOST_TEST(tags("[clients.lab]\npin=" + std::string(64, 'b') + "\n").empty());
    BOOST_TEST(
        tags("[clients.a]\nsan=*.example\n[clients.b]\nsan=none.example\n[clients.c]\nsan=192.0.2.7\n") ==
        (Tags{"a", "c"}));
}

BOOST_AUTO_TEST_CASE(a_filter_that_would_let_in_everybody_by_mistake_is_refused) {
    for (const char *bad : {"[clients.lab]\n", "[clients.lab]\nsan=\n", "[clients.]\nsan=a.example\n",
                            "[clients.a b]\nsan=a.example\n", "[clients.lab]\nsna=a.example\n",
                            "[client.lab]\nsan=a.example\n", "[Clients.lab]\nsan=a.example\n",
                            "[clients]\nsan=a\n", "[clients.lab]\npin=abc\n", "[clients.lab]\nsan=*\n"}) {
        const auto read = filters(bad);
        BOOST_TEST_REQUIRE(!read.has_value(), bad);
        BOOST_TEST(read.error().name == "config-value");
    }
    std::string many;
    for (std::size_t i = 0; i <= ClientFilters::most; ++i)
        many += "[clients.t" + std::to_string(i) + "]\nsan=a.example\n";
    BOOST_TEST(!filters(many).has_value());
    BOOST_TEST(filters("[authenticate.client]\nalpn=strict\n")->empty());
    BOOST_TEST(filters("[clients.lab]\nsan=*\n").error().what.find("conf line 2: [clients.lab] san") == 0u);
}

BOOST_AUTO_TEST_CASE(R_5_2_1_12_a_server_refuses_a_client_that_passes_no_filter_and_tags_one_that_does) {
    const test::Pki pki;
    const auto handshake = [&](std::string_view text, bool present_identity) {
        tls::ClientParameters client;
        client.credentials = pki.identity();
        client.server_name = "nfs1.example";
        client.present_identity = present_identity;
        tls::ServerParameters server;
        server.credentials = pki.server_credentials();
        server.clients = std::make_shared<const ClientFilters>(*filters(text));
        auto pair = std::make_unique<test::Pair>(std::move(client), std::move(server));
        pair->shake();
        return pair;
    };
    const auto allowed =
        handshake("[clients.hosts]\nsan=client.example\n[clients.others]\nsan=*.org\n", true);
    BOOST_TEST(allowed->server_outcome.word == "done");
    BOOST_TEST(allowed->server.facts().tags == Tags{"hosts"});
    BOOST_TEST(allowed->server.facts().peer_authenticated);

    const auto refused = handshake("[clients.hosts]\nsan=other.example\n", true);
    BOOST_TEST(refused->server_outcome.word == "client-not-allowed");
    BOOST_TEST(!refused->server.facts().peer_authenticated);
    BOOST_TEST(test::Pair::hear(refused->client, refused->client_outcome) == "client-certificate-refused");
    BOOST_TEST((refused->server_outcome.error->stage == Stage::verify));
    BOOST_TEST(summary(*refused->server_outcome.error).find("DNS:client.example") != std::string::npos);

    // Who proves nothing is not filtered: whether that will do is the export's business.
    BOOST_TEST(handshake("[clients.hosts]\nsan=other.example\n", false)->server_outcome.word == "done");
}

BOOST_AUTO_TEST_SUITE_END()
