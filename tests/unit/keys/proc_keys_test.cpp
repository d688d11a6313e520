// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/proc_keys.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls::keys;

BOOST_AUTO_TEST_SUITE(proc_keys)

BOOST_AUTO_TEST_CASE(a_keyring_line_is_read_field_by_field) {
    const auto key =
        parse_proc_key("1995caa7 I--Q---     1 perm 1f3f0000  1000 65534 keyring   _uid_ses.0: 1");
    BOOST_TEST_REQUIRE(key.has_value());
    BOOST_TEST(key->serial == 0x1995caa7);
    BOOST_TEST(key->instantiated);
    BOOST_TEST(!key->revoked);
    BOOST_TEST(!key->expired);
    BOOST_TEST(key->owner == 1000u);
    BOOST_TEST(key->type == "keyring");
    BOOST_TEST(key->description == "_uid_ses.0");
}

BOOST_AUTO_TEST_CASE(flags_and_expiry_are_noticed) {
    const auto revoked = parse_proc_key("00000001 IR-----     1   3d 3f010000     0     0 user      a: b: 5");
    BOOST_TEST_REQUIRE(revoked.has_value());
    BOOST_TEST(revoked->revoked);
    BOOST_TEST(revoked->description == "a: b");
    const auto expired = parse_proc_key("00000002 I------     1 expd 3f010000     0     0 user      a: 5");
    BOOST_TEST_REQUIRE(expired.has_value());
    BOOST_TEST(expired->expired);
    BOOST_TEST(parse_proc_key("00000002 -----N-     1 perm 3f010000     0     0 user      a: 5")->negative);
    BOOST_TEST(
        parse_proc_key("00000002 I-----i     1 perm 3f010000     0     0 user      a: 5")->invalidated);
}

BOOST_AUTO_TEST_CASE(the_nfs_keyring_is_found_among_others) {
    constexpr const char *text =
        "04fa477e I------     1 perm 1f030000     0     0 keyring   .dns_resolver: empty\n"
        "2d122c3f I--Q---     1 perm 0c030000     0 65534 user      .nfs: 5\n"
        "2d122c40 I------     1 perm 1f3f0000  1000  1000 keyring   .nfs: empty\n"
        "2d122c41 IR-----     1 perm 1f3f0000     0     0 keyring   .nfs: empty\n"
        "2d122c42 I------     1 expd 1f3f0000     0     0 keyring   .nfs: empty\n"
        "2d122c43 I------     1 perm 1f3f0000     0     0 keyring   .nfs2: empty\n"
        "2d122c44 I------     1 perm 1f3f0000     0     0 keyring   .nfs: 2\n";
    const auto found = find_root_keyring(text, ".nfs");
    BOOST_TEST_REQUIRE(found.has_value());
    BOOST_TEST(*found == 0x2d122c44);
    BOOST_TEST(!find_root_keyring(text, ".nvme").has_value());
    BOOST_TEST(!find_root_keyring("", ".nfs").has_value());
}

BOOST_AUTO_TEST_CASE(lines_of_another_form_are_passed_over) {
    for (const char *line :
         {"", " ", "zz", "00000001", "00000000 I------ 1 perm 1f3f0000 0 0 keyring .nfs: 2",
          "80000000 I------ 1 perm 1f3f0000 0 0 keyring .nfs: 2",
          "00000001 I------ 1 perm 1f3f0000 x 0 keyring .nfs: 2",
          "00000001 I 1 perm 1f3f0000 0 0 keyring .nfs: 2", "00000001 I------ 1 perm 1f3f0000 0 0"})
        BOOST_TEST(!parse_proc_key(line).has_value(), line);
}

BOOST_AUTO_TEST_SUITE_END()
