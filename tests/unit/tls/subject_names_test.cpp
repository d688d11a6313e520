// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/subject_names.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::tls;

namespace {

std::string refusal(std::string_view dns_name) {
    auto checked = checked_dns_name(dns_name);
    return checked ? "accepted as " + *checked : checked.error().name;
}

std::string address_refusal(std::string_view address) {
    auto checked = checked_ip_address(address);
    return checked ? std::to_string(checked->size()) + " octets" : checked.error().name;
}

} // namespace

BOOST_AUTO_TEST_SUITE(names_that_are_issued)

BOOST_AUTO_TEST_CASE(host_names_are_accepted_in_lower_case) {
    BOOST_TEST(refusal("NFS1.Example") == "accepted as nfs1.example");
    BOOST_TEST(refusal("nfs1") == "accepted as nfs1");
    BOOST_TEST(refusal("xn--bcher-kva.example") == "accepted as xn--bcher-kva.example");
    BOOST_TEST(refusal("1and2.3com") == "accepted as 1and2.3com");
    BOOST_TEST(refusal(std::string(63, 'a') + ".example") ==
               "accepted as " + std::string(63, 'a') + ".example");
}

BOOST_AUTO_TEST_CASE(R_5_2_1_5_wildcards_are_refused_wherever_they_stand) {
    for (const char *name : {"*", "*.example", "nfs*.example", "nfs.*.example"})
        BOOST_TEST(refusal(name) == "wildcard-refused", name);
}

BOOST_AUTO_TEST_CASE(R_5_2_1_6_addresses_are_refused_as_dns_names) {
    for (const char *name : {"192.0.2.7", "2001:db8::7", "::", "[2001:db8::7]", "192.0.2.300", "1.2.3", "7",
                             "fe80::1%eth0", "nfs1.example:2049"})
        BOOST_TEST(refusal(name) == "ip-as-dns-name", name);
    BOOST_TEST(checked_dns_name("192.0.2.7").error().hint == "use --ip 192.0.2.7");
}

BOOST_AUTO_TEST_CASE(what_is_no_host_name_is_refused) {
    for (const std::string &name :
         {std::string(), std::string("a..b"), std::string(".a"), std::string("nfs1.example."),
          std::string("-a.example"), std::string("a-.example"), std::string("a_b.example"),
          std::string("a b"),
          std::string("b\xc3\xbc"
                      "cher.example"),
          std::string("a\0b", 3), std::string(64, 'a') + ".example", std::string(254, 'a')})
        BOOST_TEST(refusal(name) == "dns-name-invalid", name);
}

BOOST_AUTO_TEST_CASE(R_5_2_1_6_addresses_become_4_or_16_octets) {
    BOOST_TEST(address_refusal("192.0.2.7") == "4 octets");
    BOOST_TEST(address_refusal("2001:DB8::7") == "16 octets");
}

BOOST_AUTO_TEST_CASE(what_is_no_usable_address_is_refused) {
    for (const std::string &address :
         {std::string(), std::string("nfs1"), std::string("192.0.2.0/24"), std::string("[::1]"),
          std::string("fe80::1%eth0"), std::string("192.0.2.300"), std::string("0.0.0.0"), std::string("::"),
          std::string("::ffff:192.0.2.7"), std::string("192.0.2.7\0x", 11), std::string(" 192.0.2.7")})
        BOOST_TEST(address_refusal(address) == "ip-address-invalid", address);
}

BOOST_AUTO_TEST_CASE(common_names_are_bounded_text) {
    BOOST_TEST(check_common_name("Storage CA").has_value());
    std::string umlauts;
    for (int i = 0; i < 64; ++i)
        umlauts += "\xc3\xbc";
    BOOST_TEST(check_common_name(umlauts).has_value());
    for (const std::string &name : {std::string(), std::string("  "), std::string(65, 'a'),
                                    std::string("a\nb"), std::string("\xff"), umlauts + "x"})
        BOOST_TEST(check_common_name(name).error().name == "common-name-invalid");
}

BOOST_AUTO_TEST_SUITE_END()
