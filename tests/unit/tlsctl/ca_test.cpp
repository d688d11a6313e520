// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/tlsctl/run.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/subject_names.hpp"
#include "tlsctl/certificates/host_names.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <fstream>

using namespace rpctls;
using namespace rpctls::test;

namespace {

unsigned mode(const std::string &path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

std::string contents(const std::string &path) {
    return read_file(path).value();
}

/// A system with a CA.
System with_ca() {
    System system;
    BOOST_TEST_REQUIRE(system.run({"ca", "init", "--name", "Test CA"}).exit == 0);
    return system;
}

std::string error_name(const System &system, std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    return system.run(std::move(arguments)).json()["error"]["name"];
}

} // namespace

BOOST_AUTO_TEST_SUITE(authority)

BOOST_AUTO_TEST_CASE(R_6_2_1_ca_init_writes_a_pair_for_root_alone_under_any_umask) {
    const System system;
    const mode_t before = ::umask(0);
    const Outcome outcome = system.run({"ca", "init", "--name", "Test CA", "--json"});
    ::umask(before);
    BOOST_TEST(outcome.exit == 0);
    BOOST_TEST(mode(system.path("etc")) == 0755u);
    BOOST_TEST(mode(system.path("etc/rpctls")) == 0755u);
    BOOST_TEST(mode(system.path("etc/rpctls/ca")) == 0700u);
    BOOST_TEST(mode(system.path("etc/rpctls/ca/ca.pem")) == 0644u);
    BOOST_TEST(mode(system.path("etc/rpctls/ca/ca.key")) == 0600u);
    BOOST_TEST(system.entries("etc/rpctls/ca") == 2u);
    const auto json = outcome.json();
    BOOST_TEST(json["certificate"] == system.path("etc/rpctls/ca/ca.pem"));
    BOOST_TEST(json["ca"]["subject"] == "CN=Test CA");
    BOOST_TEST(json["ca"]["days_left"] == 3650);
    BOOST_TEST(json["ca"]["is_ca"] == true);
}

BOOST_AUTO_TEST_CASE(ca_init_tells_where_until_when_and_what_next) {
    const System system;
    const Outcome outcome = system.run({"ca", "init", "--days", "30"});
    for (const char *part : {"etc/rpctls/ca/ca.pem", "etc/rpctls/ca/ca.key", "SHA-256", "30 days left",
                             "Next: tlsctl cert issue NAME --profile server --dns HOST"})
        BOOST_TEST(outcome.out.find(part) != std::string::npos, outcome.out);
    BOOST_TEST(outcome.out.find("PRIVATE KEY") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_ca_with_an_encrypted_key_signs_for_whoever_has_the_passphrase) {
    const System system;
    const std::string pass = system.path("pass");
    std::ofstream(pass) << "open-sesame-open\n";
    std::filesystem::permissions(pass, std::filesystem::perms(0600));
    BOOST_TEST(error_name(system, {"ca", "init", "--encrypt-key"}) == "usage");
    BOOST_TEST(error_name(system, {"ca", "init", "--ca-passphrase-file", pass}) == "usage");
    BOOST_TEST(system.run({"ca", "init", "--encrypt-key", "--ca-passphrase-file", pass}).exit == 0);
    const std::string key = contents(system.path("etc/rpctls/ca/ca.key"));
    BOOST_TEST(key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    BOOST_TEST(error_name(system, {"cert", "issue", "a"}) == "passphrase-missing");
    BOOST_TEST(system.run({"cert", "issue", "a", "--ca-passphrase-file", pass}).exit == 0);
    std::ofstream(pass) << "open-barley-open\n";
    BOOST_TEST(error_name(system, {"cert", "issue", "b", "--ca-passphrase-file", pass}) ==
               "passphrase-wrong");
    BOOST_TEST(!system.has("etc/rpctls/certs/b.pem"));
}

BOOST_AUTO_TEST_CASE(own_addresses_can_be_bound_and_reached_from_elsewhere) {
    const tlsctl::HostNames own = tlsctl::own_names();
    BOOST_TEST(!own.dns_names.empty());
    for (const std::string &address : own.ip_addresses) {
        BOOST_TEST(!address.starts_with("127."), address);
        BOOST_TEST(!address.starts_with("fe80:"), address);
        BOOST_TEST(tls::checked_ip_address(address).has_value(), address);
    }
    BOOST_TEST(tlsctl::is_own_name(own, own.dns_names.front()));
    BOOST_TEST(!tlsctl::is_own_name(own, "no-such-host.example"));
}

BOOST_AUTO_TEST_CASE(an_existing_ca_is_never_replaced) {
    const System system = with_ca();
    const std::string certificate = contents(system.path("etc/rpctls/ca/ca.pem"));
    const Outcome again = system.run({"ca", "init"});
    BOOST_TEST(again.exit == 4);
    BOOST_TEST(again.err.find("etc/rpctls/ca/ca.pem") != std::string::npos);
    BOOST_TEST(again.err.find("hint: ") != std::string::npos);
    // Half of one is one, too: its key may be the only copy.
    std::filesystem::remove(system.path("etc/rpctls/ca/ca.pem"));
    BOOST_TEST(error_name(system, {"ca", "init"}) == "ca-exists");
    BOOST_TEST(system.has("etc/rpctls/ca/ca.key"));
}

BOOST_AUTO_TEST_CASE(cert_issue_writes_a_pair_that_is_not_replaced_unless_forced) {
    const System system = with_ca();
    const std::vector<std::string> issue{"cert",         "issue", "nfs1", "--profile", "server",    "--dns",
                                         "nfs1.example", "--dns", "nfs1", "--ip",      "192.0.2.7", "--json"};
    const mode_t before = ::umask(0);
    const Outcome first = system.run(issue);
    ::umask(before);
    BOOST_TEST_REQUIRE(first.exit == 0);
    const std::string pem = system.path("etc/rpctls/certs/nfs1.pem");
    const std::string key = system.path("etc/rpctls/certs/nfs1.key");
    BOOST_TEST(mode(pem) == 0644u);
    BOOST_TEST(mode(key) == 0600u);
    const auto leaf = first.json()["leaf"];
    BOOST_TEST(leaf["names"]["dns"] == (nlohmann::json{"nfs1.example", "nfs1"}));
    BOOST_TEST(leaf["names"]["ip"] == nlohmann::json::array({"192.0.2.7"}));
    BOOST_TEST(leaf["issuer"] == "CN=Test CA");
    BOOST_TEST(leaf["days_left"] == 365);
    const std::string old_pem = contents(pem);
    const std::string old_key = contents(key);
    BOOST_TEST(error_name(system, issue) == "file-exists");
    BOOST_TEST(contents(pem) == old_pem);
    BOOST_TEST(contents(key) == old_key);

    auto forced = issue;
    forced.emplace_back("--force");
    BOOST_TEST(system.run(forced).exit == 0);
    BOOST_TEST(contents(pem) != old_pem);
    BOOST_TEST(contents(key) != old_key);
    BOOST_TEST(system.entries("etc/rpctls/certs") == 2u);
}

BOOST_AUTO_TEST_CASE(a_forced_run_that_fails_half_way_brings_the_old_pair_back) {
    const System system = with_ca();
    BOOST_TEST(
        system.run({"cert", "issue", "a", "--cert", system.path("a.pem"), "--key", system.path("a.key")})
            .exit == 0);
    const std::string old_key = contents(system.path("a.key"));
    // The certificate cannot take the place of a directory; by then the key has already been put in its place.
    std::filesystem::create_directories(system.path("taken/x"));
    const Outcome outcome = system.run(
        {"cert", "issue", "a", "--cert", system.path("taken"), "--key", system.path("a.key"), "--force"});
    BOOST_TEST(outcome.exit == 4);
    BOOST_TEST(contents(system.path("a.key")) == old_key);
    BOOST_TEST(system.entries("") == 4u); // etc, a.pem, a.key, taken
}

BOOST_AUTO_TEST_CASE(a_refused_certificate_leaves_no_file) {
    const System system = with_ca();
    BOOST_TEST(error_name(system, {"cert", "issue", "a", "--dns", "*.example"}) == "wildcard-refused");
    BOOST_TEST(error_name(system, {"cert", "issue", "a", "--dns", "192.0.2.7"}) == "ip-as-dns-name");
    BOOST_TEST(error_name(system, {"cert", "issue", "a", "--ip", "nfs1"}) == "ip-address-invalid");
    BOOST_TEST(error_name(system, {"cert", "issue", "a/b", "--dns", "a"}) == "identity-name-invalid");
    BOOST_TEST(error_name(system, {"cert", "issue", "a", "--days", "4000"}) == "validity-exceeds-ca");
    BOOST_TEST(error_name(system, {"cert", "issue", "a", "--not-after", "soon"}) == "usage");
    BOOST_TEST(error_name(system, {"cert", "issue", "a", "--not-before", "2261-12-31", "--days", "36500"}) ==
               "validity-exceeds-ca");
    BOOST_TEST(error_name(system, {"cert", "issue", "a", "--not-before", "2026-11-20", "--not-after",
                                   "2026-11-20"}) == "validity-empty");
    BOOST_TEST((!system.has("etc/rpctls/certs") || system.entries("etc/rpctls/certs") == 0u));
}

BOOST_AUTO_TEST_CASE(a_server_without_names_gets_its_name_and_the_output_says_so) {
    const System system = with_ca();
    const Outcome outcome = system.run({"cert", "issue", "nfs1.example", "--profile", "server"});
    BOOST_TEST(outcome.exit == 0);
    BOOST_TEST(outcome.out.find("DNS:nfs1.example") != std::string::npos);
    BOOST_TEST(outcome.out.find("No --dns or --ip was given") != std::string::npos);
    const Outcome client = system.run({"cert", "issue", "client", "--profile", "client", "--json"});
    BOOST_TEST(client.json()["leaf"]["names"]["dns"].empty());
    BOOST_TEST(client.json()["names_defaulted"] == false);
}

BOOST_AUTO_TEST_CASE(the_default_validity_ends_with_the_ca) {
    const System system;
    BOOST_TEST(system.run({"ca", "init", "--days", "30"}).exit == 0);
    const Outcome outcome = system.run({"cert", "issue", "a", "--json"});
    BOOST_TEST(outcome.exit == 0);
    BOOST_TEST(outcome.json()["leaf"]["days_left"] == 30);
}

BOOST_AUTO_TEST_CASE(validity_in_the_past_can_be_had_for_tests_of_clocks) {
    const System system = with_ca();
    const Outcome outcome = system.run({"cert", "issue", "old", "--profile", "client", "--not-before",
                                        "2020-01-01", "--not-after", "2020-02-01T12:00:00Z", "--json"});
    BOOST_TEST(outcome.exit == 0);
    BOOST_TEST(outcome.json()["leaf"]["not_before"] == "2020-01-01T00:00:00Z");
    BOOST_TEST(outcome.json()["leaf"]["not_after"] == "2020-02-01T12:00:00Z");
}

BOOST_AUTO_TEST_CASE(without_a_usable_ca_nothing_is_issued) {
    const System empty;
    BOOST_TEST(error_name(empty, {"cert", "issue", "a"}) == "ca-missing");
    const System exposed = with_ca();
    std::filesystem::permissions(exposed.path("etc/rpctls/ca/ca.key"), std::filesystem::perms(0644));
    BOOST_TEST(error_name(exposed, {"cert", "issue", "a"}) == "file-exposed");
    const System crossed = with_ca();
    const System other = with_ca();
    std::filesystem::copy_file(other.path("etc/rpctls/ca/ca.key"), crossed.path("etc/rpctls/ca/ca.key"),
                               std::filesystem::copy_options::overwrite_existing);
    BOOST_TEST(error_name(crossed, {"cert", "issue", "a"}) == "key-mismatch");
}

BOOST_AUTO_TEST_SUITE_END()
