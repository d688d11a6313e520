// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/mounts.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls::kernel;

namespace {

constexpr std::string_view example =
    "23 1 0:21 / / rw,relatime shared:1 - overlay lab rw,lowerdir=/a:/b\n"
    "40 23 0:40 / /mnt/with\\040blank rw,relatime shared:7 master:2 - nfs4 nfs1.example:/srv\\0401 "
    "rw,vers=4.2,xprtsec=mtls,addr=127.0.0.1\n"
    "41 23 0:41 / /mnt/b rw - nfs nfs2.example:/ rw,vers=3,noacl\n";

} // namespace

BOOST_AUTO_TEST_SUITE(mounts)

BOOST_AUTO_TEST_CASE(each_line_becomes_a_mount_with_its_escapes_undone) {
    const auto mounts = parse_mountinfo(example);
    BOOST_TEST_REQUIRE(mounts.size() == 3u);
    BOOST_TEST(mounts[0].file_system == "overlay");
    BOOST_TEST(mounts[1].id == 40u);
    BOOST_TEST(mounts[1].parent == 23u);
    BOOST_TEST(mounts[1].mount_point == "/mnt/with blank");
    BOOST_TEST(mounts[1].source == "nfs1.example:/srv 1");
    BOOST_TEST(mounts[1].is_nfs());
    BOOST_TEST(mounts[2].is_nfs());
    BOOST_TEST(!mounts[0].is_nfs());
}

BOOST_AUTO_TEST_CASE(an_option_has_a_value_or_is_a_bare_word_or_is_not_there) {
    const auto mounts = parse_mountinfo(example);
    BOOST_TEST(mounts[1].option("xprtsec").value() == "mtls");
    BOOST_TEST(mounts[1].option("rw").value() == "");
    BOOST_TEST(!mounts[1].option("xprt"));
    BOOST_TEST(!mounts[2].option("xprtsec"));
}

BOOST_AUTO_TEST_CASE(lines_that_make_no_sense_are_skipped) {
    BOOST_TEST(parse_mountinfo("").empty());
    BOOST_TEST(parse_mountinfo("x 1 0:1 / / rw - ext4 a rw\n").empty());
    BOOST_TEST(parse_mountinfo("1 1 0:1 / / rw ext4 a rw\n").empty());
    BOOST_TEST(parse_mountinfo("1 1 0:1 / / rw - ext4 a\n").empty());
    BOOST_TEST(parse_mountinfo("1 - - - - -\n").empty());
    // An escape that is cut or above one octet stays as it is.
    BOOST_TEST(parse_mountinfo("1 1 0:1 / /a\\04 rw - ext4 a\\777 rw\n").at(0).mount_point == "/a\\04");
}

BOOST_AUTO_TEST_CASE(lines_can_be_left_out_before_they_are_taken_apart) {
    const auto there = parse_mountinfo(example, at_mount_point("/mnt/with blank"));
    BOOST_TEST_REQUIRE(there.size() == 1u);
    BOOST_TEST(there[0].id == 40u);
    BOOST_TEST(parse_mountinfo(example, at_mount_point("/mnt/with")).empty());
    BOOST_TEST(parse_mountinfo(example, at_mount_point("0:40")).empty());
    BOOST_TEST(parse_mountinfo("1 2 3\n", at_mount_point("")).empty());
    const auto mutual = parse_mountinfo(example, with_word("xprtsec=mtls"));
    BOOST_TEST_REQUIRE(mutual.size() == 1u);
    BOOST_TEST(mutual[0].id == 40u);
    BOOST_TEST(parse_mountinfo(example, with_word("nfs")).size() == 2u);
}

BOOST_AUTO_TEST_CASE(of_stacked_mounts_the_one_that_none_is_mounted_on_is_seen) {
    const auto mounts = parse_mountinfo("51 50 0:51 / /mnt rw - nfs4 top:/ rw,xprtsec=tls\n"
                                        "50 23 0:50 / /mnt rw - nfs4 bottom:/ rw\n"
                                        "23 1 0:21 / / rw - ext4 /dev/a rw\n");
    BOOST_TEST(topmost_mount(mounts, "/mnt").value().source == "top:/");
    BOOST_TEST(topmost_mount(mounts, "/").value().file_system == "ext4");
    BOOST_TEST(!topmost_mount(mounts, "/mn"));
}

BOOST_AUTO_TEST_CASE(the_running_system_has_a_root) {
    const auto root = find_mount("/");
    BOOST_TEST_REQUIRE(root.has_value());
    BOOST_TEST(root->has_value());
}

BOOST_AUTO_TEST_SUITE_END()
