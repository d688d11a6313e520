// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/program.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace rpctls;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(program)

BOOST_AUTO_TEST_CASE(a_program_s_status_and_words_come_back_in_order) {
    const auto ran = run_program({"/bin/sh", "-c", "echo one; echo two >&2; exit 7"}, 10s);
    BOOST_TEST_REQUIRE(ran.has_value());
    BOOST_TEST(ran->status == 7);
    BOOST_TEST(ran->output == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(it_finds_an_empty_input_the_locale_c_and_no_descriptor_of_ours) {
    const auto ran = run_program({"/bin/sh", "-c", "cat; echo $LC_ALL; ls /proc/self/fd | wc -l"}, 10s);
    BOOST_TEST_REQUIRE(ran.has_value());
    BOOST_TEST(ran->output == "C\n4\n"); // the three, and the one that ls opens
}

BOOST_AUTO_TEST_CASE(words_are_handed_over_as_they_are) {
    const auto ran = run_program({"/bin/echo", "$HOME; *", "a b"}, 10s);
    BOOST_TEST_REQUIRE(ran.has_value());
    BOOST_TEST(ran->output == "$HOME; * a b\n");
}

BOOST_AUTO_TEST_CASE(endless_output_is_cut_and_does_not_stop_the_program) {
    const auto ran = run_program({"/bin/sh", "-c", "head -c 1000000 /dev/zero"}, 10s);
    BOOST_TEST_REQUIRE(ran.has_value());
    BOOST_TEST(ran->status == 0);
    BOOST_TEST(ran->output.size() == 65536u);
}

BOOST_AUTO_TEST_CASE(a_program_that_does_not_end_is_ended_with_what_it_started) {
    const auto begun = std::chrono::steady_clock::now();
    const auto ran = run_program({"/bin/sh", "-c", "sleep 60 & sleep 60"}, 200ms);
    BOOST_TEST_REQUIRE(!ran.has_value());
    BOOST_TEST(ran.error().name == "program-too-slow");
    BOOST_TEST((std::chrono::steady_clock::now() - begun < 20s));
    const auto silent = run_program({"/bin/sh", "-c", "exec >&- 2>&-; sleep 60"}, 200ms);
    BOOST_TEST(silent.error().name == "program-too-slow");
}

BOOST_AUTO_TEST_CASE(one_that_a_signal_ends_and_one_that_is_not_there_are_told_apart) {
    BOOST_TEST(run_program({"/bin/sh", "-c", "kill -9 $$"}, 10s)->status == 137);
    BOOST_TEST(run_program({"/nonexistent/program"}, 10s).error().name == "program-missing");
    BOOST_TEST(run_program({"/etc/passwd"}, 10s).error().name == "program-unstartable");
}

BOOST_AUTO_TEST_SUITE_END()
