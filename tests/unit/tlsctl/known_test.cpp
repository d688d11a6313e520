// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/known_servers.hpp"
#include "tests/unit/tlsctl/run.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace rpctls;
using namespace rpctls::test;

BOOST_AUTO_TEST_SUITE(known_commands)

BOOST_AUTO_TEST_CASE(known_servers_are_listed_and_forgotten) {
    const System system;
    BOOST_TEST(system.run({"known", "list"}).out == "no server has been mounted with TLS yet\n");
    const client::KnownServers record(system.path(""));
    BOOST_TEST_REQUIRE(record.remember("nfs1.example", true).has_value());
    BOOST_TEST_REQUIRE(record.remember("192.0.2.7", false).has_value());

    const auto listed = system.run({"known", "list", "--json"}).json();
    BOOST_TEST(listed["servers"].size() == 2u);
    BOOST_TEST(listed["servers"][1]["name"] == "nfs1.example");
    BOOST_TEST(listed["servers"][1]["asks_certificate"] == true);
    BOOST_TEST(system.run({"known", "list"}).out.find("TLS, asks for a certificate") != std::string::npos);

    BOOST_TEST(system.run({"known", "forget", "NFS1.example."}).exit == 0);
    BOOST_TEST(system.run({"known", "forget", "nfs1.example"}).exit == 1);
    BOOST_TEST(system.run({"known", "list", "--json"}).json()["servers"].size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_damaged_record_is_told_of) {
    const System system;
    BOOST_TEST_REQUIRE(client::KnownServers(system.path("")).remember("a.example", false).has_value());
    std::ofstream(system.path("var/lib/rpctls/servers/a.example")) << "{}";
    const auto outcome = system.run({"known", "list"});
    BOOST_TEST(outcome.exit == 4);
    BOOST_TEST(outcome.err.find("damaged") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
