// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(trimming_takes_blanks_from_both_ends_only) {
    BOOST_TEST(trimmed("  a b\t\r\n") == "a b");
    BOOST_TEST(trimmed(" \t ") == "");
    BOOST_TEST(trimmed("") == "");
}

BOOST_AUTO_TEST_CASE(splitting_keeps_empty_parts) {
    const auto parts = split("a,,b,", ',');
    BOOST_TEST_REQUIRE(parts.size() == 4u);
    BOOST_TEST(parts[0] == "a");
    BOOST_TEST(parts[1] == "");
    BOOST_TEST(parts[3] == "");
    BOOST_TEST(split("", ',').size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_number_is_digits_within_bounds_and_nothing_else) {
    BOOST_TEST(parse_number("2049").value() == 2049u);
    BOOST_TEST(parse_number("65535", 65535).value() == 65535u);
    for (const auto *bad : {"", " 1", "1 ", "+1", "-1", "0x10", "18446744073709551616", "1.0"})
        BOOST_TEST(!parse_number(bad), bad);
    BOOST_TEST(!parse_number("65536", 65535));
}

BOOST_AUTO_TEST_CASE(names_compare_without_regard_to_ascii_case) {
    BOOST_TEST(equal_ignoring_case("NFS1.Example", "nfs1.eXAMPLE"));
    BOOST_TEST(!equal_ignoring_case("nfs1", "nfs2"));
    BOOST_TEST(!equal_ignoring_case("nfs1", "nfs10"));
}

BOOST_AUTO_TEST_CASE(what_a_peer_sent_cannot_write_to_a_terminal) {
    BOOST_TEST(printable("plain ASCII") == "plain ASCII");
    BOOST_TEST(printable("\x1b[31mred\n") == "\\x1b[31mred\\x0a");
    BOOST_TEST(printable("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
    BOOST_TEST(printable("\xc2\x9b"
                         "2J") == "\\xc2\\x9b2J"); // CSI as one C1 character
    BOOST_TEST(printable("\xff\xc0\xaf\xed\xa0\x80") == "\\xff\\xc0\\xaf\\xed\\xa0\\x80");
    BOOST_TEST(printable("\xe2\x82") == "\\xe2\\x82"); // cut short
    BOOST_TEST(printable("a\0b"s) == "a\\x00b");
}

BOOST_AUTO_TEST_CASE(octets_become_hexadecimal) {
    const std::byte octets[] = {std::byte{0x00}, std::byte{0xab}, std::byte{0x7f}};
    BOOST_TEST(hex(octets) == "00ab7f");
    BOOST_TEST(hex(octets, ":") == "00:ab:7f");
    BOOST_TEST(hex({}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
