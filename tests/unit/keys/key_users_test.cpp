// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/key_users.hpp"

#include <boost/test/unit_test.hpp>

using rpctls::keys::parse_key_users;

BOOST_AUTO_TEST_SUITE(key_users)

BOOST_AUTO_TEST_CASE(a_users_line_gives_what_is_used_of_what) {
    // Of Linux 6.12.
    constexpr std::string_view text =
        "    0:     9 8/8 4/1000000 45/25000000\n  104:     1 1/1 1/200 9/20000\n";
    const auto root = parse_key_users(text, 0);
    BOOST_TEST_REQUIRE(root.has_value());
    BOOST_TEST(root->keys == 4U);
    BOOST_TEST(root->most_keys == 1000000U);
    BOOST_TEST(root->octets == 45U);
    BOOST_TEST(root->most_octets == 25000000U);
    BOOST_TEST(parse_key_users(text, 104)->most_keys == 200U);
    BOOST_TEST(!parse_key_users(text, 4));
}

BOOST_AUTO_TEST_CASE(a_line_that_makes_no_sense_is_none) {
    for (const char *text : {"", "0:", "0: 1 1/1 4 45/1", "0: 1 1/1 4/x 45/1", "0: 1 1/1 4/5/6 45/1",
                             "0: 1 1/1 -4/5 45/1", "0: 1 1/1 4/5 45/99999999999999999999999"})
        BOOST_TEST(!parse_key_users(text, 0), text);
}

BOOST_AUTO_TEST_SUITE_END()
