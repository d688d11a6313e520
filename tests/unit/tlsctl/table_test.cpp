// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/table.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls::tlsctl;

BOOST_AUTO_TEST_SUITE(tables)

BOOST_AUTO_TEST_CASE(columns_are_as_wide_as_their_widest_cell_and_lines_end_without_blanks) {
    BOOST_TEST(table({"NAME", "N"}, {{"a", "1"}, {"longer", ""}}) == "NAME    N\n"
                                                                     "a       1\n"
                                                                     "longer  -\n");
}

BOOST_AUTO_TEST_CASE(characters_count_and_not_octets) {
    BOOST_TEST(table({"A", "B"}, {{"\xc3\xbc\xc3\xbc", "1"}, {"xx", "2"}}) ==
               "A   B\n\xc3\xbc\xc3\xbc  1\nxx  2\n");
}

BOOST_AUTO_TEST_CASE(what_a_terminal_would_act_on_is_made_visible) {
    BOOST_TEST(table({"A"}, {{"\x1b[31m"}}) == "A\n\\x1b[31m\n");
    BOOST_TEST(fields({{"key", "a\nb"}}) == "  key  a\\x0ab\n");
}

BOOST_AUTO_TEST_CASE(fields_without_a_value_are_left_out) {
    BOOST_TEST(fields({{"a", "1"}, {"longest of all", ""}, {"bcd", "2"}}) == "  a    1\n  bcd  2\n");
    BOOST_TEST(fields({}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
