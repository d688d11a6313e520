// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/server_name.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;

BOOST_AUTO_TEST_SUITE(server_names)

BOOST_AUTO_TEST_CASE(brackets_and_scopes_come_off_a_reference_identity) {
    BOOST_TEST(bare_host("[fe80::7%eth0]", false) == "fe80::7");
    BOOST_TEST(bare_host("fe80::7%eth0", false) == "fe80::7");
    BOOST_TEST(bare_host("nfs1.example", false) == "nfs1.example");
}

BOOST_AUTO_TEST_CASE(one_server_is_known_by_one_name_however_it_is_written) {
    BOOST_TEST(normal_server_name("NFS1.Example.") == "nfs1.example");
    BOOST_TEST(normal_server_name("[FE80::7%eth0]") == "fe80::7%eth0");
    BOOST_TEST(normal_server_name("192.0.2.7") == "192.0.2.7");
    BOOST_TEST(normal_server_name(".") == ".");
    BOOST_TEST(normal_server_name("") == "");
    BOOST_TEST(normal_server_name("nfs1") != normal_server_name("nfs1.example"));
}

BOOST_AUTO_TEST_SUITE_END()
