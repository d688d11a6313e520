// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/tlsctl/run.hpp"
#include "tests/unit/tlsctl/tree.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

using namespace rpctls;
using namespace rpctls::test;

namespace {

System machine() {
    System system;
    std::filesystem::create_directories(system.path("srv/data"));
    return system;
}

Outcome set_up(const System &server, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"setup",     "server",       "--new-ca", "--export",     "/srv/data",
                                   "--clients", "192.0.2.0/24", "--name",   "nfs1.example", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return server.run(words);
}

/// Of the steps that an image has.
std::string states(const Outcome &outcome) {
    std::string all;
    const auto json = outcome.json();
    for (const auto &step : json["steps"]) {
        const auto name = step["step"].get<std::string>();
        if (!name.starts_with("unit-") && name != "port")
            all += (all.empty() ? "" : " ") + step["state"].get<std::string>();
    }
    return all;
}

std::string error_name(const Outcome &outcome) {
    const auto json = outcome.json();
    return json.contains("error") ? json["error"]["name"].get<std::string>() : "none";
}

auto tree_of(const System &system) {
    return tree(system.path(""));
}

} // namespace

BOOST_AUTO_TEST_SUITE(setup_server)

BOOST_AUTO_TEST_CASE(one_command_makes_a_server_and_the_bundle_of_its_client) {
    const System server = machine();
    const Outcome outcome =
        set_up(server, {"--client-bundle", "client1", "--dns", "nfs1.example", "--ip", "192.0.2.7"});
    BOOST_TEST(outcome.exit == 0, outcome.err);
    BOOST_TEST(states(outcome) == "done done done done done done");
    BOOST_TEST(read_file(server.path("etc/rpctls/rpctls.conf")).value() ==
               "[authenticate.server]\nx509.certificate=/etc/rpctls/certs/nfs1.example.pem\n"
               "x509.private_key=/etc/rpctls/certs/nfs1.example.key\n");
    BOOST_TEST(read_file(server.path("etc/exports.d/rpctls.exports"))
                   .value()
                   .find("/srv/data\t192.0.2.0/24(rw,sync,no_subtree_check,xprtsec=mtls)\n") !=
               std::string::npos);
    const std::string bundle = outcome.json()["bundles"][0]["bundle"];
    BOOST_TEST(bundle == server.path("etc/rpctls/bundles/client1.p12"));

    const System client;
    const Outcome second =
        client.run({"setup", "client", "--server", "nfs1.example", "--bundle", bundle, "--json"});
    BOOST_TEST(second.exit == 0, second.err);
    BOOST_TEST(second.json()["identity"] == "client1");
}

BOOST_AUTO_TEST_CASE(a_second_run_changes_nothing) {
    const System server = machine();
    BOOST_TEST_REQUIRE(set_up(server, {"--client-bundle", "c"}).exit == 0);
    const auto before = tree_of(server);
    const Outcome again = set_up(server, {"--client-bundle", "c"});
    BOOST_TEST(states(again) == "already already already already already already");
    BOOST_TEST(again.json()["changed"] == false);
    BOOST_TEST((tree_of(server) == before));
    // What is asked for in addition is all that is done.
    BOOST_TEST(states(set_up(server, {"--client-bundle", "d"})) ==
               "already already already already done already");
    BOOST_TEST(states(set_up(server, {"--xprtsec", "tls"})) == "already already already already done");
    BOOST_TEST(states(set_up(server, {"--dns", "nfs2.example"})) == "already done already already done");
}

BOOST_AUTO_TEST_CASE(a_dry_run_changes_nothing) {
    const System server = machine();
    const auto before = tree_of(server);
    const Outcome dry = set_up(server, {"--client-bundle", "c", "--dry-run"});
    BOOST_TEST(dry.exit == 0);
    BOOST_TEST(states(dry) == "would would would would would would");
    BOOST_TEST((tree_of(server) == before));
}

BOOST_AUTO_TEST_CASE(a_failure_of_the_last_step_undoes_all_before) {
    const System server = machine();
    std::filesystem::create_directories(server.path("etc"));
    std::ofstream(server.path("etc/exports.d")) << "no directory";
    const auto before = tree_of(server);
    const Outcome outcome = set_up(server, {"--client-bundle", "c"});
    BOOST_TEST(outcome.exit == 4);
    BOOST_TEST(states(outcome) == "undone undone undone undone undone failed");
    BOOST_TEST((tree_of(server) == before));
}

BOOST_AUTO_TEST_CASE(what_cannot_work_is_refused_before_anything_is_done) {
    const System server = machine();
    const auto before = tree_of(server);
    const auto refused = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"setup", "server", "--json"});
        const Outcome outcome = server.run(words);
        BOOST_TEST((tree_of(server) == before));
        return error_name(outcome) + " " + std::to_string(outcome.exit);
    };
    BOOST_TEST(refused({"--new-ca", "--export", "/srv/none", "--clients", "*"}) == "export-path-invalid 4");
    BOOST_TEST(refused({"--new-ca", "--export", "srv/data", "--clients", "*"}) == "export-path-invalid 4");
    BOOST_TEST(refused({"--new-ca", "--export", "/srv/data", "--clients", "a b"}) ==
               "export-client-invalid 4");
    BOOST_TEST(refused({"--new-ca", "--export", "/srv/data", "--clients", "*", "--xprtsec", "x"}) ==
               "usage 2");
    BOOST_TEST(refused({"--new-ca", "--export", "/srv/data", "--clients", "*", "--name", "../x"}) ==
               "identity-name-invalid 4");
    BOOST_TEST(refused({"--new-ca", "--export", "/srv/data"}) == "usage 2");
    BOOST_TEST(refused({"--export", "/srv/data", "--clients", "*"}) == "ca-missing 4");
}

BOOST_AUTO_TEST_CASE(a_ca_that_is_there_is_used) {
    const System site;
    BOOST_TEST_REQUIRE(site.run({"ca", "init", "--ca-dir", site.path("ca"), "--name", "Site CA"}).exit == 0);
    const System server = machine();
    const Outcome outcome =
        server.run({"setup", "server", "--ca-dir", site.path("ca"), "--export", "/srv/data", "--clients",
                    "192.0.2.7", "--name", "nfs1.example", "--json"});
    BOOST_TEST(outcome.exit == 0, outcome.err);
    BOOST_TEST(states(outcome) == "already done done done done");
    BOOST_TEST(!server.has("etc/rpctls/ca"));
    BOOST_TEST(server.run({"trust", "list", "--json"}).out.find("CN=Site CA") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_certificate_by_another_ca_stays) {
    const System server = machine();
    BOOST_TEST_REQUIRE(server.run({"ca", "init", "--ca-dir", server.path("other"), "--name", "Other"}).exit ==
                       0);
    BOOST_TEST_REQUIRE(
        server.run({"cert", "issue", "nfs1.example", "--profile", "server", "--ca-dir", server.path("other")})
            .exit == 0);
    const auto before = tree_of(server);
    BOOST_TEST(error_name(set_up(server)) == "certificate-foreign");
    BOOST_TEST((tree_of(server) == before));
}

BOOST_AUTO_TEST_CASE(a_run_that_was_killed_is_completed_by_the_next) {
    int unfinished = 0;
    for (int delay = 0; delay < 16; ++delay) {
        const System server = machine();
        const pid_t child = ::fork();
        BOOST_TEST_REQUIRE(child >= 0);
        if (child == 0) {
            (void)set_up(server, {"--client-bundle", "c"});
            ::_exit(0);
        }
        while (!server.has("etc/rpctls") && ::waitpid(child, nullptr, WNOHANG) == 0)
            ;
        ::usleep(static_cast<useconds_t>(delay * delay * 150));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        const Outcome next = set_up(server, {"--client-bundle", "c"});
        BOOST_TEST_REQUIRE(next.exit == 0, next.err);
        unfinished += next.json()["changed"] == true;
        BOOST_TEST(set_up(server, {"--client-bundle", "c"}).json()["changed"] == false);
    }
    BOOST_TEST(unfinished > 1);
}

BOOST_AUTO_TEST_SUITE_END()
