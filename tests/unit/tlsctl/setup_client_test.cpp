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

/// The host of the CA: makes the bundles that clients get.
class Site {
public:
    Site() { BOOST_TEST_REQUIRE(host_.run({"ca", "init", "--name", "Site CA"}).exit == 0); }

    std::string bundle(const std::string &file, const std::string &name = "client1",
                       const std::string &days = "90") const {
        const std::string path = host_.path(file);
        const auto issued = host_.run(
            {"cert", "issue", name, "--profile", "client", "--days", days, "--bundle", path, "--force"});
        BOOST_TEST_REQUIRE(issued.exit == 0, issued.err);
        return path;
    }
    const System &host() const { return host_; }

private:
    System host_;
};

Outcome set_up(const System &client, const std::string &bundle, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"setup", "client", "--server", "nfs1.example", "--bundle", bundle, "--json"});
    return client.run(more);
}

std::string states(const Outcome &outcome) {
    std::string all;
    const auto json = outcome.json();
    for (const auto &step : json["steps"])
        if (step["state"] != "left" && !step["step"].get<std::string>().starts_with("unit-"))
            all += (all.empty() ? "" : " ") + step["state"].get<std::string>();
    return all;
}

std::string error_name(const Outcome &outcome) {
    const auto json = outcome.json();
    return json.contains("error") ? json["error"]["name"].get<std::string>() : "none";
}

/// The settings as a link to a file that another tool keeps, which a set-up does not touch: its last step fails.
void keep_elsewhere(const System &client) {
    std::filesystem::create_directories(client.path("etc/rpctls"));
    std::filesystem::create_directories(client.path("kept"));
    std::ofstream(client.path("kept/rpctls.conf")) << "[debug]\n";
    std::filesystem::remove(client.path("etc/rpctls/rpctls.conf"));
    std::filesystem::create_symlink(client.path("kept/rpctls.conf"), client.path("etc/rpctls/rpctls.conf"));
}

auto tree_of(const System &system) {
    return tree(system.path(""));
}

} // namespace

BOOST_AUTO_TEST_SUITE(setup_client)

BOOST_AUTO_TEST_CASE(one_bundle_is_all_that_a_client_needs) {
    const Site site;
    const System client;
    const Outcome outcome = set_up(client, site.bundle("c.p12"));
    BOOST_TEST(outcome.exit == 0);
    BOOST_TEST(states(outcome) == "done done done");
    const auto json = outcome.json();
    BOOST_TEST(json["changed"] == true);
    BOOST_TEST(json["identity"] == "client1");
    BOOST_TEST(json["mount"]["command"] ==
               "mount -t nfs -o xprtsec=mtls,tls_identity=client1 nfs1.example:/ /mnt");
    BOOST_TEST(json["mount"]["fstab"] ==
               "nfs1.example:/ /mnt nfs xprtsec=mtls,tls_identity=client1,_netdev 0 0");
    BOOST_TEST(client.run({"identity", "show", "client1", "--json"}).json()["certificate"]["subject"] ==
               "CN=client1");
    BOOST_TEST(client.run({"trust", "list", "--json"}).out.find("CN=Site CA") != std::string::npos);
    BOOST_TEST(read_file(client.path("etc/rpctls/rpctls.conf")).value() ==
               "[mount.nfs1.example]\nidentity=client1\n");
    // No secret in what was said.
    BOOST_TEST(outcome.out.find("PRIVATE") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_second_run_changes_nothing) {
    const Site site;
    const System client;
    const std::string bundle = site.bundle("c.p12");
    BOOST_TEST_REQUIRE(set_up(client, bundle).exit == 0);
    const auto before = tree_of(client);
    const Outcome again = set_up(client, bundle);
    BOOST_TEST(again.exit == 0);
    BOOST_TEST(states(again) == "already already already");
    BOOST_TEST(again.json()["changed"] == false);
    BOOST_TEST((tree_of(client) == before));
}

BOOST_AUTO_TEST_CASE(a_dry_run_changes_nothing) {
    const Site site;
    const System client;
    const Outcome dry = set_up(client, site.bundle("c.p12"), {"--dry-run"});
    BOOST_TEST(dry.exit == 0);
    BOOST_TEST(states(dry) == "would would would");
    BOOST_TEST(tree_of(client).empty());
}

BOOST_AUTO_TEST_CASE(a_failure_in_the_middle_undoes_what_was_done) {
    const Site site;
    const System client;
    keep_elsewhere(client);
    const auto before = tree_of(client);
    const Outcome outcome = set_up(client, site.bundle("c.p12"));
    BOOST_TEST(outcome.exit == 4);
    BOOST_TEST(error_name(outcome) == "file-not-regular");
    BOOST_TEST(states(outcome) == "undone undone failed");
    BOOST_TEST(outcome.json()["changed"] == false);
    BOOST_TEST((tree_of(client) == before));
}

BOOST_AUTO_TEST_CASE(what_is_there_already_survives_a_failure) {
    const Site site;
    const System client;
    BOOST_TEST_REQUIRE(set_up(client, site.bundle("c.p12", "client1", "30")).exit == 0);
    keep_elsewhere(client);
    const auto before = tree_of(client);
    const Site other;
    const Outcome renewal = set_up(client, site.bundle("c.p12"));
    BOOST_TEST(states(renewal) == "already undone failed");
    BOOST_TEST((tree_of(client) == before));
    const Outcome stranger = set_up(client, other.bundle("d.p12", "client2"), {"--identity", "two"});
    BOOST_TEST(states(stranger) == "undone undone failed");
    BOOST_TEST((tree_of(client) == before));
}

BOOST_AUTO_TEST_CASE(a_bundle_that_cannot_be_used_changes_nothing) {
    const Site site;
    const System client;
    const std::string bundle = site.bundle("c.p12");
    const std::string wrong = site.host().path("wrong");
    std::ofstream(wrong) << "not the passphrase\n";
    ::chmod(wrong.c_str(), 0600);
    const Outcome outcome = set_up(client, bundle, {"--passphrase-file", wrong});
    BOOST_TEST(outcome.exit == 4);
    BOOST_TEST(error_name(outcome) == "passphrase-wrong");
    std::filesystem::remove(bundle + ".passphrase");
    BOOST_TEST(error_name(set_up(client, bundle)) == "passphrase-missing");
    BOOST_TEST(error_name(set_up(client, site.host().path("nowhere"))) == "file-missing");
    BOOST_TEST(error_name(set_up(client, site.bundle("d.p12"), {"--identity", "a:b"})) ==
               "identity-name-invalid");
    BOOST_TEST(client.run({"setup", "client", "--bundle", bundle}).exit == 2);
    BOOST_TEST(client.run({"setup", "client", "--server", "nfs1.example:port", "--bundle", bundle}).exit ==
               2);
    BOOST_TEST(tree_of(client).empty());
}

BOOST_AUTO_TEST_CASE(a_renewed_bundle_renews_and_an_old_one_does_not_go_back) {
    const Site site;
    const System client;
    const std::string old = site.bundle("old.p12", "client1", "30");
    const std::string renewed = site.bundle("new.p12", "client1", "90");
    BOOST_TEST(states(set_up(client, old)) == "done done done");
    const Outcome renewal = set_up(client, renewed);
    BOOST_TEST(states(renewal) == "already done already");
    const auto after = tree_of(client);
    BOOST_TEST(states(set_up(client, old)) == "already already already");
    BOOST_TEST((tree_of(client) == after));
}

BOOST_AUTO_TEST_CASE(somebody_elses_identity_of_that_name_is_not_replaced) {
    const Site site;
    const System client;
    BOOST_TEST_REQUIRE(set_up(client, site.bundle("c.p12")).exit == 0);
    const auto before = tree_of(client);
    const std::string other = site.bundle("d.p12", "client2");
    const Outcome outcome = set_up(client, other, {"--identity", "client1"});
    BOOST_TEST(error_name(outcome) == "identity-exists");
    BOOST_TEST((tree_of(client) == before));
    BOOST_TEST(states(set_up(client, other)) == "already done done");
    BOOST_TEST(read_file(client.path("etc/rpctls/rpctls.conf")).value() ==
               "[mount.nfs1.example]\nidentity=client2\n");
}

BOOST_AUTO_TEST_CASE(a_run_that_was_killed_is_completed_by_the_next) {
    const Site site;
    const std::string bundle = site.bundle("c.p12");
    int unfinished = 0;
    for (int delay = 0; delay < 8; ++delay) {
        const System client;
        const pid_t child = ::fork();
        BOOST_TEST_REQUIRE(child >= 0);
        if (child == 0) {
            (void)set_up(client, bundle);
            ::_exit(0);
        }
        // Opening the bundle takes most of the time: wait for the first trace, then strike a little later each time.
        while (!client.has("etc/rpctls") && ::waitpid(child, nullptr, WNOHANG) == 0)
            ;
        ::usleep(static_cast<useconds_t>(delay * 400));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        const Outcome next = set_up(client, bundle);
        BOOST_TEST_REQUIRE(next.exit == 0, next.err);
        unfinished += next.json()["changed"] == true;
        BOOST_TEST(states(set_up(client, bundle)) == "already already already");
        BOOST_TEST(client.run({"identity", "list"}).exit == 0);
    }
    BOOST_TEST(unfinished > 0);
}

BOOST_AUTO_TEST_SUITE_END()
