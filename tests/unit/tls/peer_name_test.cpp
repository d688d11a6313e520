// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/peer_name.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::tls;

namespace {

bool matches(std::string_view reference, CertificateInfo presented) {
    const auto name = PeerName::parse(reference);
    BOOST_TEST_REQUIRE(name.has_value());
    return name->matches(presented);
}

CertificateInfo dns(std::string name) {
    return {.dns_names = {std::move(name)}};
}
CertificateInfo ip(std::string address) {
    return {.ip_addresses = {std::move(address)}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_peer_name)

BOOST_AUTO_TEST_CASE(DNS_names_are_equal_but_for_ASCII_case_and_the_reference_s_final_dot) {
    BOOST_TEST(matches("nfs1.example", dns("nfs1.example")));
    BOOST_TEST(matches("NFS1.Example", dns("nfs1.EXAMPLE")));
    BOOST_TEST(matches("nfs1.example.", dns("nfs1.example")));
    BOOST_TEST(!matches("nfs1.example", dns("nfs1.example.")));
    BOOST_TEST(!matches("nfs1.example", dns("nfs1.example.org")));
    BOOST_TEST(!matches("nfs1.example", dns("xnfs1.example")));
    BOOST_TEST(!matches("nfs1.example", dns("")));
    BOOST_TEST(!matches("nfs1.example", {.subject = "CN=nfs1.example"}));
}

BOOST_AUTO_TEST_CASE(R_5_2_1_5_no_form_of_wildcard_matches) {
    for (const auto *pattern : {"*.example", "*", "nfs*.example", "*1.example", "nfs1.*"})
        BOOST_TEST(!matches("nfs1.example", dns(pattern)), pattern);
    BOOST_TEST(!PeerName::parse("*.example").has_value());
}

BOOST_AUTO_TEST_CASE(a_name_with_a_NUL_in_it_matches_nothing) {
    BOOST_TEST(!matches("nfs1.example", dns(std::string("nfs1.example\0.evil", 18))));
    BOOST_TEST(!PeerName::parse(std::string_view("nfs1.example\0x", 14)).has_value());
    BOOST_TEST(!PeerName::parse(std::string_view("192.0.2.7\0x", 11)).has_value());
}

BOOST_AUTO_TEST_CASE(addresses_are_compared_by_their_octets) {
    BOOST_TEST(matches("2001:DB8::7", ip("2001:db8:0:0:0:0:0:7")));
    BOOST_TEST(matches("[2001:db8::7]", ip("2001:db8::7")));
    BOOST_TEST(matches("fe80::1%eth0", ip("fe80::1")));
    BOOST_TEST(matches("192.0.2.7", ip("192.0.2.7")));
    BOOST_TEST(!matches("::ffff:192.0.2.7", ip("192.0.2.7")));
    BOOST_TEST(!matches("192.0.2.7", ip("192.0.2.70")));
    BOOST_TEST(!matches("192.0.2.7", dns("192.0.2.7")));
    BOOST_TEST(!matches("192.0.2.7", ip("malformed c0000207ff")));
}

BOOST_AUTO_TEST_CASE(R_5_2_1_9_only_a_DNS_name_is_sent_as_SNI) {
    BOOST_TEST(PeerName::parse("NFS1.example.")->sni() == "nfs1.example");
    BOOST_TEST(PeerName::parse("192.0.2.7")->sni().empty());
    BOOST_TEST(PeerName::parse("[2001:db8::7]")->sni().empty());
    BOOST_TEST(PeerName::parse("fe80::1%eth0")->sni().empty());
}

BOOST_AUTO_TEST_CASE(what_is_neither_name_nor_address_is_refused) {
    for (const std::string bad :
         {"", ".", "a..b", "a b", "caf\xc3\xa9.example", "name:2049", "[nfs1.example]", "a%b", "/export"})
        BOOST_TEST(PeerName::parse(bad).has_value() == false, bad);
    BOOST_TEST(!PeerName::parse(std::string(64, 'a') + ".example").has_value());
    BOOST_TEST(PeerName::parse("my_host").has_value());
    BOOST_TEST(PeerName::parse("localhost").has_value());
}

BOOST_AUTO_TEST_CASE(what_a_certificate_must_hold_has_neither_brackets_nor_scope) {
    BOOST_TEST(PeerName::parse("[fe80:0::1%eth0]")->wanted() == "IP:fe80::1");
    BOOST_TEST(PeerName::parse("192.0.2.7")->wanted() == "IP:192.0.2.7");
    BOOST_TEST(PeerName::parse("NFS1.Example.")->wanted() == "DNS:nfs1.example");
}

BOOST_AUTO_TEST_SUITE_END()
