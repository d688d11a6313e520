// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/ini.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;

BOOST_AUTO_TEST_SUITE(ini)

BOOST_AUTO_TEST_CASE(reads_the_form_that_tlshd_conf_has) {
    const auto parsed =
        Ini::parse("# comment\n[debug]\nloglevel = 1\n\n[authenticate.client]\n"
                   "x509.truststore= /etc/pki/ca.pem\r\n; other comment\nname = \"quoted value\"\n",
                   "tlshd.conf");
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->get("debug", "loglevel").value() == "1");
    BOOST_TEST(parsed->get("authenticate.client", "x509.truststore").value() == "/etc/pki/ca.pem");
    BOOST_TEST(parsed->get("authenticate.client", "name").value() == "quoted value");
    BOOST_TEST(!parsed->get("debug", "x509.truststore"));
    BOOST_TEST(parsed->entries()[1].line == 6u);
}

BOOST_AUTO_TEST_CASE(the_last_of_two_values_wins) {
    const auto parsed = Ini::parse("[a]\nk=1\nk=2\n", "f");
    BOOST_TEST(parsed->get("a", "k").value() == "2");
}

BOOST_AUTO_TEST_CASE(a_fault_names_the_file_and_the_line) {
    for (const auto *bad :
         {"[a]\nno equals sign\n", "[a]\n[b\n", "[a]\n=value\n", "[a]\n[]\n", "\nkey=1\n"}) {
        const auto parsed = Ini::parse(bad, "/etc/x.conf");
        BOOST_TEST_REQUIRE(!parsed.has_value(), bad);
        BOOST_TEST(parsed.error().name == "config-syntax");
        BOOST_TEST(parsed.error().what.find("/etc/x.conf line 2") == 0u, parsed.error().what);
    }
}

BOOST_AUTO_TEST_SUITE_END()
