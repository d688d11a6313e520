// SPDX-License-Identifier: LGPL-2.1-or-later
// What a CA is asked for after its first day: requests, renewals, revocations.
#include "tests/unit/tlsctl/run.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/certificate.hpp"
#include "tests/unit/tlsctl/tree.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace rpctls;
using namespace rpctls::test;

namespace {

using Words = std::vector<std::string>;

nlohmann::json answer(const System &system, Words arguments, int exit = 0) {
    arguments.emplace_back("--json");
    const Outcome outcome = system.run(std::move(arguments));
    BOOST_TEST_REQUIRE(outcome.exit == exit, outcome.out);
    return outcome.json();
}

std::string refusal(const System &system, Words arguments) {
    arguments.emplace_back("--json");
    return system.run(std::move(arguments))
        .json()
        .value("error", nlohmann::json::object())
        .value("name", "none");
}

System with_ca() {
    System system;
    answer(system, {"ca", "init", "--name", "Test CA"});
    return system;
}

std::string issue(const System &system, const std::string &name, Words more = {}) {
    more.insert(more.begin(), {"cert", "issue", name, "--profile", "client"});
    return answer(system, more)["leaf"]["serial"];
}

std::string file(const System &system, const std::string &name) {
    return system.path("etc/rpctls/certs/" + name);
}

/// A host with a request of its own, and the path of that.
std::string ask(const System &host, const std::string &name, Words more = {}) {
    more.insert(more.begin(), {"cert", "request", name});
    return answer(host, more)["request"];
}

std::vector<std::string> serials(const nlohmann::json &crl) {
    std::vector<std::string> found;
    for (const auto &each : crl["revoked"])
        found.push_back(each["serial"]);
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(second_day)

BOOST_AUTO_TEST_CASE(a_certificate_is_revoked_by_name_by_serial_and_by_file) {
    const System system = with_ca();
    const Words all{issue(system, "one"), issue(system, "two"), issue(system, "three")};
    const auto first = answer(system, {"cert", "revoke", "one", "--reason", "key-compromise"});
    BOOST_TEST(first["crl"]["number"] == 1);
    BOOST_TEST(first["revoked"][0]["certificate"]["subject"] == "CN=one");
    BOOST_TEST(first["crl"]["revoked"][0]["reason"] == "key-compromise");
    BOOST_TEST(answer(system, {"cert", "revoke", all[1]})["crl"]["number"] == 2);
    const auto last = answer(system, {"cert", "revoke", file(system, "three.pem")});
    BOOST_TEST(last["crl"]["number"] == 3);
    BOOST_TEST(serials(last["crl"]) == all);
    BOOST_TEST(last["crl"]["days_left"] == 30);
    const auto findings = answer(system, {"cert", "check", "one"}, 1)["findings"];
    BOOST_TEST(findings[0]["name"] == "certificate-revoked");
    BOOST_TEST(answer(system, {"ca", "show"})["crl"]["number"] == 3);
}

BOOST_AUTO_TEST_CASE(revoking_twice_changes_nothing) {
    const System system = with_ca();
    const std::string serial = issue(system, "one");
    answer(system, {"cert", "revoke", "one", "--reason", "superseded"});
    const auto before = tree(system.path("etc"));
    for (const std::string &word : {std::string("one"), serial}) {
        const auto again = answer(system, {"cert", "revoke", word, "--reason", "key-compromise"});
        BOOST_TEST(again["revoked"][0]["new"] == false);
        BOOST_TEST(again["revoked"][0]["reason"] == "superseded");
    }
    BOOST_TEST((tree(system.path("etc")) == before));
    // Named twice at once it stands in the list once.
    const std::string two = issue(system, "two");
    BOOST_TEST(serials(answer(system, {"cert", "revoke", "two", two})["crl"]).size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_not_clear_is_not_revoked) {
    const System system = with_ca();
    issue(system, "one");
    issue(system, "one", {"--force"});
    BOOST_TEST(refusal(system, {"cert", "revoke", "one"}) == "certificate-ambiguous");
    BOOST_TEST(refusal(system, {"cert", "revoke", "nobody"}) == "certificate-unknown");
    BOOST_TEST(refusal(system, {"cert", "revoke", "5a1c"}) == "certificate-unknown");
    BOOST_TEST(refusal(system, {"cert", "revoke", "one", "--reason", "boredom"}) == "usage");
    const System other = with_ca();
    issue(other, "theirs");
    BOOST_TEST(refusal(system, {"cert", "revoke", file(other, "theirs.pem")}) == "certificate-foreign");
    // A mistake in one word revokes none of them.
    BOOST_TEST(refusal(system, {"cert", "revoke", file(system, "one.pem"), "nobody"}) ==
               "certificate-unknown");
    BOOST_TEST(!system.has("etc/rpctls/ca/crl.pem"));
    BOOST_TEST(serials(answer(system, {"cert", "revoke", "one", "--all"})["crl"]).size() == 2u);
    BOOST_TEST(serials(answer(system, {"cert", "revoke", "5a1c", "--force"})["crl"]).back() == "5a1c");
}

BOOST_AUTO_TEST_CASE(a_list_is_dated_anew_with_what_it_has) {
    const System system = with_ca();
    BOOST_TEST(answer(system, {"ca", "crl"})["crl"]["revoked"].empty());
    issue(system, "one");
    answer(system, {"cert", "revoke", "one"});
    const auto left = answer(system, {"ca", "crl", "--if-due"});
    BOOST_TEST(left["written"] == false);
    BOOST_TEST(left["crl"]["number"] == 2);
    const auto next = answer(system, {"ca", "crl", "--crl-days", "1"});
    BOOST_TEST(next["crl"]["number"] == 3);
    BOOST_TEST(next["crl"]["revoked"].size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_damaged_list_is_not_written_over) {
    const System system = with_ca();
    issue(system, "one");
    answer(system, {"cert", "revoke", "one"});
    std::ofstream(system.path("etc/rpctls/ca/crl.pem")) << "no list\n";
    BOOST_TEST(refusal(system, {"cert", "revoke", "one"}) == "crl-unreadable");
    BOOST_TEST(refusal(system, {"ca", "crl"}) == "crl-unreadable");
    BOOST_TEST(read_file(system.path("etc/rpctls/ca/crl.pem")).value() == "no list\n");
}

BOOST_AUTO_TEST_CASE(a_request_is_signed_and_its_key_never_leaves_its_host) {
    const System system = with_ca();
    const System host;
    const std::string csr =
        ask(host, "nfs1", {"--profile", "server", "--dns", "nfs1.example", "--ip", "192.0.2.7"});
    const auto looked = answer(system, {"cert", "sign", csr, "--profile", "server", "--show"});
    BOOST_TEST(looked["signed"] == false);
    BOOST_TEST(looked["asked"]["names"]["dns"][0] == "nfs1.example");
    BOOST_TEST(!system.has("etc/rpctls/certs/nfs1.pem"));
    const auto done = answer(system, {"cert", "sign", csr, "--profile", "server"});
    BOOST_TEST(done["leaf"]["names"]["ip"][0] == "192.0.2.7");
    BOOST_TEST(!system.has("etc/rpctls/certs/nfs1.key"));
    answer(host, {"cert", "check", file(system, "nfs1.pem"), "--key", file(host, "nfs1.key"), "--host",
                  "nfs1.example"});
    // What was signed is known by its name.
    BOOST_TEST(serials(answer(system, {"cert", "revoke", "nfs1"})["crl"])[0] == done["leaf"]["serial"]);
}

BOOST_AUTO_TEST_CASE(the_ca_decides_what_a_request_gets) {
    const System system = with_ca();
    const System host;
    const std::string csr =
        ask(host, "laptop", {"--profile", "server", "--dns", "nfs1.example", "--dns", "laptop.example"});
    BOOST_TEST(refusal(system, {"cert", "sign", csr}) == "usage");
    const auto done = answer(
        system, {"cert", "sign", csr, "--profile", "client", "--name", "guest", "--dns", "laptop.example"});
    BOOST_TEST(done["leaf"]["subject"] == "CN=guest");
    BOOST_TEST(done["leaf"]["names"]["dns"] == nlohmann::json({"laptop.example"}));
    BOOST_TEST(done["leaf"]["extended_key_usages"] ==
               nlohmann::json({"1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.33"}));
    BOOST_TEST(refusal(system, {"cert", "sign", csr, "--profile", "client", "--name", "../up"}) != "none");
}

BOOST_AUTO_TEST_CASE(what_a_site_would_regret_is_not_signed) {
    const System system = with_ca();
    answer(system, {"cert", "issue", "nfs1", "--profile", "server", "--dns", "nfs1.example"});
    const System host;
    const std::string thief = ask(host, "laptop", {"--profile", "client", "--dns", "NFS1.example"});
    BOOST_TEST(refusal(system, {"cert", "sign", thief, "--profile", "client"}) == "name-taken");
    BOOST_TEST(refusal(system, {"cert", "sign", thief, "--profile", "client", "--force"}) == "none");
    // One key under two names.
    const std::string twin =
        ask(host, "twin", {"--profile", "client", "--existing-key", file(host, "laptop.key")});
    BOOST_TEST(refusal(system, {"cert", "sign", twin, "--profile", "client"}) == "key-in-use");
    answer(system, {"cert", "revoke", "laptop", "--reason", "key-compromise"});
    BOOST_TEST(refusal(system, {"cert", "sign", twin, "--profile", "client", "--force"}) ==
               "key-compromised");
    std::ofstream(host.path("cut.csr")) << read_file(twin).value().substr(0, 200);
    BOOST_TEST(refusal(system, {"cert", "sign", host.path("cut.csr"), "--profile", "client"}) ==
               "request-unreadable");
    // A new key for a name that has one is signed, and what is to be revoked is said.
    const System again;
    const std::string anew = ask(again, "nfs1", {"--profile", "server", "--dns", "nfs1.example"});
    const auto looked = answer(system, {"cert", "sign", anew, "--profile", "server", "--show"});
    BOOST_TEST(looked["replaces"].size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_request_leaves_keys_that_are_there_alone) {
    const System host;
    ask(host, "one", {"--profile", "client"});
    const std::string key = read_file(file(host, "one.key")).value();
    BOOST_TEST(refusal(host, {"cert", "request", "one", "--profile", "client"}) == "file-exists");
    BOOST_TEST(refusal(host, {"cert", "request", "one", "--existing-key", file(host, "one.key")}) ==
               "file-exists");
    ask(host, "one", {"--profile", "client", "--existing-key", file(host, "one.key"), "--force"});
    BOOST_TEST(read_file(file(host, "one.key")).value() == key);
    ask(host, "one", {"--profile", "client", "--force"});
    BOOST_TEST(read_file(file(host, "one.key")).value() != key);
    BOOST_TEST(host.entries("etc/rpctls/certs") == 2u);
}

BOOST_AUTO_TEST_CASE(a_renewed_certificate_is_the_same_but_for_its_time) {
    const System system = with_ca();
    const auto old = answer(system, {"cert", "issue", "nfs1", "--profile", "server", "--dns", "nfs1.example",
                                     "--ip", "192.0.2.7", "--days", "90"})["leaf"];
    const auto before = tree(system.path("etc/rpctls/certs"));
    BOOST_TEST(answer(system, {"cert", "renew", "nfs1"})["renewed"] == false);
    BOOST_TEST((tree(system.path("etc/rpctls/certs")) == before));
    const auto same = answer(system, {"cert", "renew", "nfs1", "--force"});
    for (const char *member : {"subject", "names", "extended_key_usages", "spki_sha256", "days_left"})
        BOOST_TEST(same["leaf"][member] == old[member], member);
    BOOST_TEST(same["leaf"]["serial"] != old["serial"]);
    const auto other =
        answer(system, {"cert", "renew", file(system, "nfs1.pem"), "--new-key", "--days", "10"});
    BOOST_TEST(other["leaf"]["spki_sha256"] != old["spki_sha256"]);
    BOOST_TEST(other["leaf"]["names"] == old["names"]);
    BOOST_TEST(other["leaf"]["days_left"] == 10);
    answer(system, {"cert", "check", "nfs1", "--key", file(system, "nfs1.key"), "--days", "1"});
    BOOST_TEST(system.entries("etc/rpctls/certs") == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_old_revoked_or_by_the_old_ca_is_due) {
    const System system = with_ca();
    const auto soon = format_time(std::chrono::system_clock::now() + std::chrono::hours(24 * 100));
    issue(system, "old", {"--not-before", "2020-01-01", "--not-after", soon});
    BOOST_TEST(answer(system, {"cert", "renew", "old"})["renewed"] == true);
    issue(system, "lost");
    answer(system, {"cert", "revoke", "lost", "--reason", "key-compromise"});
    BOOST_TEST(refusal(system, {"cert", "renew", "lost"}) == "key-compromised");
    BOOST_TEST(answer(system, {"cert", "renew", "lost", "--new-key"})["new_key"] == true);
    issue(system, "withdrawn");
    answer(system, {"cert", "revoke", "withdrawn"});
    BOOST_TEST(answer(system, {"cert", "renew", "withdrawn"})["renewed"] == true);
    answer(system,
           {"cert", "issue", "brief", "--profile", "client", "--not-before", "2020-01-01", "--days", "9000"},
           4);
    issue(system, "kept");
    answer(system, {"ca", "renew", "--new-key"});
    const auto over = answer(system, {"cert", "renew", "kept"});
    BOOST_TEST(over["leaf"]["issuer"] == "CN=Test CA G2");
    BOOST_TEST(over["new_key"] == false);
    const System other = with_ca();
    issue(other, "theirs");
    BOOST_TEST(refusal(system, {"cert", "renew", file(other, "theirs.pem")}) == "certificate-foreign");
}

BOOST_AUTO_TEST_SUITE_END()
