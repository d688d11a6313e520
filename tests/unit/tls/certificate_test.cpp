// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/certificate.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/der.hpp"
#include "tests/unit/tls/test_pki.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace rpctls;
using namespace rpctls::test;
using namespace rpctls::tls;

namespace {

std::string error_of(std::string_view contents) {
    const auto chain = parse_chain(as_bytes(contents), "test");
    return chain ? "none" : chain.error().name;
}

std::vector<std::byte> octets(std::initializer_list<int> values) {
    std::vector<std::byte> made;
    std::ranges::transform(values, std::back_inserter(made),
                           [](int value) { return static_cast<std::byte>(value); });
    return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_certificate)

BOOST_AUTO_TEST_CASE(a_certificate_says_what_is_in_it) {
    const Certified root = certify({.common_name = "Root", .is_ca = true});
    const Certified leaf = certify({.common_name = "leaf",
                                    .dns_names = {"nfs1.example", "nfs2.example"},
                                    .addresses = {"192.0.2.7", "2001:db8:0:0:0:0:0:7"},
                                    .extended_key_usages = {"1.3.6.1.5.5.7.3.34", "1.3.6.1.5.5.7.3.1"}},
                                   &root);
    const auto chain = parse_chain(as_bytes(leaf.certificate + root.certificate), "test");
    BOOST_TEST_REQUIRE(chain.has_value());
    BOOST_TEST_REQUIRE(chain->size() == 2u);
    const CertificateInfo &info = chain->front();
    BOOST_TEST(info.subject == "CN=leaf");
    BOOST_TEST(info.issuer == "CN=Root");
    BOOST_TEST(info.serial.size() == 40u);
    BOOST_TEST(info.serial.starts_with("5a5a5a"));
    BOOST_TEST(info.names() == "DNS:nfs1.example, DNS:nfs2.example, IP:192.0.2.7, IP:2001:db8::7");
    BOOST_TEST(!info.is_ca);
    BOOST_TEST(info.key_usages == std::vector<std::string>{"digitalSignature"});
    BOOST_TEST(info.extended_key_usages ==
               (std::vector<std::string>{"1.3.6.1.5.5.7.3.34", "1.3.6.1.5.5.7.3.1"}));
    BOOST_TEST(info.key_type == "ECDSA P-256");
    BOOST_TEST(info.fingerprint.size() == 64u);
    BOOST_TEST(info.spki_pin.size() == 64u);
    BOOST_TEST(info.spki_pin != (*chain)[1].spki_pin);
    BOOST_TEST((info.not_after - info.not_before == std::chrono::hours(25)));
    BOOST_TEST((*chain)[1].is_ca);
    BOOST_TEST((*chain)[1].names() == "none");
    BOOST_TEST(parse_chain(as_bytes(certify({.rsa_bits = 2048}).certificate), "test")->front().key_type ==
               "RSA 2048");
}

BOOST_AUTO_TEST_CASE(PEM_and_concatenated_DER_are_the_same_chain) {
    const Certified one = certify({.common_name = "one"});
    const Certified two = certify({.common_name = "two"});
    const auto pem =
        parse_chain(as_bytes("some words\n" + one.certificate + one.key + two.certificate), "test");
    BOOST_TEST_REQUIRE(pem.has_value());
    BOOST_TEST_REQUIRE(pem->size() == 2u);
    std::vector<std::byte> der = (*pem)[0].der;
    der.insert(der.end(), (*pem)[1].der.begin(), (*pem)[1].der.end());
    const auto again = parse_chain(der, "test");
    BOOST_TEST_REQUIRE(again.has_value());
    BOOST_TEST_REQUIRE(again->size() == 2u);
    BOOST_TEST((*again)[1].subject == "CN=two");
    BOOST_TEST(to_pem(*again) == one.certificate + two.certificate);
}

BOOST_AUTO_TEST_CASE(what_is_no_certificate_is_told_from_a_broken_one) {
    const std::string whole = certify({}).certificate;
    const auto der = parse_chain(as_bytes(whole), "test")->front().der;
    BOOST_TEST(error_of("") == "certificate-missing");
    BOOST_TEST(error_of("no certificate") == "certificate-missing");
    BOOST_TEST(error_of("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n") == "certificate-missing");
    BOOST_TEST(error_of("-----BEGIN CERTIFICATE-----") == "certificate-unreadable");
    BOOST_TEST(error_of("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") ==
               "certificate-unreadable");
    BOOST_TEST(error_of(whole + whole.substr(0, 100)) == "certificate-unreadable");
    for (std::size_t size = 1; size < der.size(); ++size)
        BOOST_TEST(error_of(as_text(std::span(der).first(size))) == "certificate-unreadable", size);
}

BOOST_AUTO_TEST_CASE(a_chain_has_at_most_16_certificates) {
    const std::string one = certify({}).certificate;
    std::string many;
    for (int i = 0; i < 16; ++i)
        many += one;
    BOOST_TEST(error_of(many) == "none");
    BOOST_TEST(error_of(many + one) == "certificate-unreadable");
}

BOOST_AUTO_TEST_CASE(a_long_list_of_names_is_cut_short_in_messages) {
    CertificateInfo info;
    for (int i = 0; i < 1000; ++i)
        info.dns_names.push_back("host" + std::to_string(i) + ".example");
    BOOST_TEST(info.names().size() < 500u);
    BOOST_TEST(info.names().ends_with("DNS:host19.example and 980 more"));
    info.dns_names = {"evil\x1b[2J"};
    BOOST_TEST(info.names() == "DNS:evil\\x1b[2J");
}

BOOST_AUTO_TEST_CASE(times_are_written_in_UTC) {
    BOOST_TEST(format_time(Time(std::chrono::seconds(1795208400))) == "2026-11-20T21:00:00Z");
    BOOST_TEST(format_time(Time()) == "1970-01-01T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(DER_elements_are_taken_whole_or_not_at_all) {
    const auto take = [](std::vector<std::byte> bytes) {
        std::span<const std::byte> input = bytes;
        const auto element = take_der(input);
        return element ? static_cast<int>(element->content.size()) : -1;
    };
    BOOST_TEST(take(octets({0x30, 0x00})) == 0);
    BOOST_TEST(take(octets({0x30, 0x02, 1, 2, 3})) == 2);
    BOOST_TEST(take(octets({0x30, 0x81, 0x02, 1, 2})) == 2);
    for (const auto &bad :
         {octets({}), octets({0x30}), octets({0x30, 0x01}), octets({0x30, 0x80, 0, 0}), octets({0x30, 0x81}),
          octets({0x1f, 0x01, 0x00}), octets({0x30, 0x85, 0, 0, 0, 0, 0}),
          octets({0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0})})
        BOOST_TEST(take(bad) == -1);
}

BOOST_AUTO_TEST_SUITE_END()
