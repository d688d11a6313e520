// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/file_systems.hpp"

#include "rpc/kernel/clock.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls::kernel;

BOOST_AUTO_TEST_SUITE(file_systems)

BOOST_AUTO_TEST_CASE(a_type_is_listed_by_its_whole_name) {
    constexpr std::string_view text = "nodev\tproc\n\text4\nnodev\tnfs4\n";
    BOOST_TEST(lists_file_system(text, "ext4"));
    BOOST_TEST(lists_file_system(text, "nfs4"));
    BOOST_TEST(!lists_file_system(text, "nfs"));
    BOOST_TEST(!lists_file_system("", ""));
}

BOOST_AUTO_TEST_CASE(every_kernel_has_proc_and_none_has_nonsense) {
    BOOST_TEST((has_file_system("proc") == Answer::yes));
    BOOST_TEST((has_file_system("no-such-file-system") != Answer::yes));
}

BOOST_AUTO_TEST_CASE(anybody_may_ask_for_the_clock) {
    BOOST_TEST((clock_synchronised() != Answer::unknown));
}

BOOST_AUTO_TEST_SUITE_END()
