// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/arguments.hpp"

#include "rpc/base/time_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::tlsctl;

BOOST_AUTO_TEST_SUITE(arguments)

BOOST_AUTO_TEST_CASE(times_are_utc_in_one_spelling) {
    BOOST_TEST(format_time(parse_time("2026-11-20T21:00:00Z", "--not-after").value()) ==
               "2026-11-20T21:00:00Z");
    BOOST_TEST(format_time(parse_time("2026-11-20", "--not-after").value()) == "2026-11-20T00:00:00Z");
    BOOST_TEST(format_time(parse_time("2028-02-29", "--not-after").value()) == "2028-02-29T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_a_usage_error_that_names_the_option) {
    for (const char *text :
         {"", "tomorrow", "0026-11-20", "1969-12-31", "2262-01-01", "9999-12-31", "2026-02-30", "2026-13-01",
          "2026-11-20T24:00:00Z", "2026-11-20T21:00:00", "2026-11-20 21:00:00", "2026-11-20T21:00:00+01:00",
          "26-11-20", "2026-11-2", "2026-1-020", "+026-11-20", "2026-11-20T21:00:00Zx"}) {
        auto time = parse_time(text, "--not-after");
        BOOST_TEST_REQUIRE(!time.has_value(), text);
        BOOST_TEST(time.error().name == "usage");
        BOOST_TEST(time.error().what.starts_with("--not-after "));
    }
}

BOOST_AUTO_TEST_SUITE_END()
