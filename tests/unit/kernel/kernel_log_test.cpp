// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/kernel_log.hpp"

#include <boost/test/unit_test.hpp>

using rpctls::kernel::message_about_mounts;

BOOST_AUTO_TEST_SUITE(kernel_log)

BOOST_AUTO_TEST_CASE(the_kernels_words_about_nfs_are_taken) {
    BOOST_TEST(message_about_mounts("3,512,90417,-;nfs: Unknown parameter 'nosuch'\n") ==
               "nfs: Unknown parameter 'nosuch'");
    BOOST_TEST(message_about_mounts("4,1,2,-,caller=T12;NFS4: Couldn't follow remote path\n SUBSYSTEM=x\n") ==
               "NFS4: Couldn't follow remote path");
    BOOST_TEST(message_about_mounts("6,1,2,-;RPC: Registered tcp transport module.") ==
               "RPC: Registered tcp transport module.");
}

BOOST_AUTO_TEST_CASE(those_about_other_things_and_those_of_programs_are_not) {
    BOOST_TEST(message_about_mounts("6,1,2,-;EXT4-fs (vda): mounted filesystem\n").empty());
    BOOST_TEST(message_about_mounts("30,1,2,-;nfsdcltrack: what a daemon writes\n").empty());
    BOOST_TEST(message_about_mounts("").empty());
    BOOST_TEST(message_about_mounts("nfs: no record\n").empty());
    BOOST_TEST(message_about_mounts(";nfs: no priority\n").empty());
}

BOOST_AUTO_TEST_CASE(what_a_server_has_put_into_a_message_is_made_safe_to_print) {
    BOOST_TEST(message_about_mounts("3,1,2,-;NFS: server \x1b[31mred\n") == "NFS: server \\x1b[31mred");
    BOOST_TEST(message_about_mounts("3,1,2,-;NFS: " + std::string(5000, 'a')).size() == 240u);
}

BOOST_AUTO_TEST_SUITE_END()
