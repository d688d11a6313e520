// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/mount_ids.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;

BOOST_AUTO_TEST_SUITE(mount_ids)

BOOST_AUTO_TEST_CASE(a_mounts_unique_number_leads_back_to_that_of_mountinfo) {
    const auto unique = kernel::unique_mount_id("/");
    if (!unique) { // before 6.8
        BOOST_TEST(!kernel::find_mount_id(1).has_value());
        return;
    }
    const auto root = kernel::find_mount("/");
    BOOST_TEST_REQUIRE((root && *root));
    BOOST_TEST(kernel::find_mount_id(*unique).value() == (*root)->id);
    BOOST_TEST(kernel::find_mount_id(~std::uint64_t{0}).value_or(0) == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_seen_at_a_path_is_what_mountinfo_says_of_it) {
    const auto seen = kernel::mount_seen_at("/proc");
    if (!seen) // before 6.11; the lab has newer ones
        return;
    const auto read = kernel::find_mount("/proc");
    BOOST_TEST_REQUIRE((read && *read));
    BOOST_TEST(seen->id == (*read)->id);
    BOOST_TEST(seen->parent == (*read)->parent);
    BOOST_TEST(seen->mount_point == (*read)->mount_point);
    BOOST_TEST(seen->file_system == (*read)->file_system);
}

BOOST_AUTO_TEST_CASE(what_is_not_where_a_mount_begins_has_none) {
    BOOST_TEST(!kernel::mount_seen_at("/proc/self").has_value());
    BOOST_TEST(!kernel::mount_seen_at("/nowhere at all").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
