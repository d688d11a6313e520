// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/tlsctl/run.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace rpctls;
using namespace rpctls::test;

namespace {

/// A system with a CA and certificates in /c: client, server, expired.
System with_certificates() {
    System system;
    const auto issue = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"cert", "issue"});
        arguments.insert(arguments.end(), {"--out", system.path("c")});
        BOOST_TEST_REQUIRE(system.run(arguments).exit == 0);
    };
    BOOST_TEST_REQUIRE(system.run({"ca", "init"}).exit == 0);
    issue({"client", "--profile", "client", "--dns", "client.example"});
    issue({"server", "--profile", "server"});
    issue({"expired", "--profile", "client", "--not-before", "2020-01-01", "--not-after", "2020-02-01"});
    return system;
}

Outcome add(const System &system, const std::string &name, const std::string &certificate,
            const std::string &key, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"identity",
                                       "add",
                                       name,
                                       "--cert",
                                       system.path("c/" + certificate + ".pem"),
                                       "--key",
                                       system.path("c/" + key + ".key")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return system.run(arguments);
}

std::string error_name(const System &system, const std::string &name, const std::string &certificate,
                       const std::string &key) {
    return add(system, name, certificate, key, {"--json"}).json()["error"]["name"];
}

} // namespace

BOOST_AUTO_TEST_SUITE(identity_commands)

BOOST_AUTO_TEST_CASE(an_added_identity_is_listed_and_shown_with_its_mount_options) {
    const System system = with_certificates();
    const Outcome added = add(system, "lab", "client", "client");
    BOOST_TEST(added.exit == 0);
    BOOST_TEST(added.out.find("Mount with: -o xprtsec=mtls,tls_identity=lab\n") != std::string::npos,
               added.out);
    BOOST_TEST(added.out.find("PRIVATE KEY") == std::string::npos);

    const Outcome list = system.run({"identity", "list"});
    BOOST_TEST(list.out.starts_with("NAME  SUBJECT    NAMES"));
    BOOST_TEST(list.out.find("lab   CN=client  DNS:client.example  20") != std::string::npos, list.out);
    BOOST_TEST(list.out.find("(365 days left)") != std::string::npos, list.out);

    const auto listed = system.run({"identity", "list", "--json"}).json()["identities"][0];
    BOOST_TEST(listed["name"] == "lab");
    BOOST_TEST(listed["keyring"].is_null()); // --root is not the running system
    BOOST_TEST(listed["certificate"]["subject"] == "CN=client");

    const Outcome shown = system.run({"identity", "show", "lab"});
    BOOST_TEST(shown.exit == 0);
    BOOST_TEST(shown.out.find("clientAuth, rpcTLSClient") != std::string::npos, shown.out);
    const Outcome options = system.run({"identity", "show", "lab", "--mount-options"});
    BOOST_TEST(options.out == "xprtsec=mtls,tls_identity=lab\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_work_is_refused_and_leaves_nothing) {
    const System system = with_certificates();
    BOOST_TEST(error_name(system, "lab", "client", "server") == "key-mismatch");
    BOOST_TEST(error_name(system, "lab", "nowhere", "client") == "file-missing");
    BOOST_TEST(error_name(system, "lab", "client", "nowhere") == "file-missing");
    BOOST_TEST(error_name(system, "a:b", "client", "client") == "identity-name-invalid");
    BOOST_TEST(error_name(system, "lab", "expired", "expired") == "certificate-expired");
    std::ofstream(system.path("c/garbage.pem")) << "no certificate";
    BOOST_TEST(error_name(system, "lab", "garbage", "client") == "certificate-missing");
    std::filesystem::permissions(system.path("c/server.key"), std::filesystem::perms(0640 | 0004));
    BOOST_TEST(error_name(system, "lab", "server", "server") == "file-exposed");
    BOOST_TEST(!system.has("etc/rpctls/identities"));
    BOOST_TEST(add(system, "lab", "client", "server").exit == 4);
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_taken_when_forced_and_the_output_warns) {
    const System system = with_certificates();
    const Outcome outcome = add(system, "old", "expired", "expired", {"--force"});
    BOOST_TEST(outcome.exit == 0);
    BOOST_TEST(outcome.out.find("Note: it has expired") != std::string::npos, outcome.out);
    BOOST_TEST(system.run({"identity", "list"}).out.find("(expired ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_certificate_as_an_identity_is_remarked_on) {
    const System system = with_certificates();
    const Outcome outcome = add(system, "lab", "server", "server", {"--json"});
    BOOST_TEST(outcome.exit == 0);
    BOOST_TEST(outcome.json()["notes"].size() == 1u);
    BOOST_TEST(add(system, "good", "client", "client", {"--json"}).json()["notes"].empty());
}

BOOST_AUTO_TEST_CASE(a_name_is_given_once) {
    const System system = with_certificates();
    BOOST_TEST(add(system, "lab", "client", "client").exit == 0);
    BOOST_TEST(error_name(system, "lab", "client", "client") == "identity-exists");
    BOOST_TEST(add(system, "lab", "client", "client").exit == 4);
}

BOOST_AUTO_TEST_CASE(a_chain_is_kept_whole) {
    const System system = with_certificates();
    std::ofstream chain(system.path("c/chain.pem"));
    chain << std::ifstream(system.path("c/client.pem")).rdbuf()
          << std::ifstream(system.path("etc/rpctls/ca/ca.pem")).rdbuf();
    chain.close();
    const Outcome outcome = add(system, "lab", "chain", "client", {"--json"});
    BOOST_TEST(outcome.exit == 0);
    BOOST_TEST(outcome.json()["chain_length"] == 2);
    BOOST_TEST(system.run({"identity", "show", "lab"}).out.find("2 certificates, up to ") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_damaged_identity_does_not_hide_the_others) {
    const System system = with_certificates();
    BOOST_TEST(add(system, "bad", "client", "client").exit == 0);
    BOOST_TEST(add(system, "good", "client", "client").exit == 0);
    std::filesystem::remove(system.path("etc/rpctls/identities/bad/key.pem"));
    const Outcome list = system.run({"identity", "list"});
    BOOST_TEST(list.exit == 4);
    BOOST_TEST(list.out.find("bad   (damaged: file-missing)") != std::string::npos, list.out);
    BOOST_TEST(list.out.find("good  CN=client") != std::string::npos, list.out);
    BOOST_TEST(list.err.find("bad/key.pem") != std::string::npos, list.err);
}

BOOST_AUTO_TEST_CASE(an_unknown_identity_is_answered_with_those_there_are) {
    const System system = with_certificates();
    BOOST_TEST(add(system, "lab", "client", "client").exit == 0);
    const Outcome outcome = system.run({"identity", "show", "lob"});
    BOOST_TEST(outcome.exit == 4);
    BOOST_TEST(outcome.err.starts_with("tlsctl: no identity is named lob: known lab\n"));
}

BOOST_AUTO_TEST_CASE(an_update_puts_the_renewed_pair_in_place_from_wherever_it_comes) {
    const System system = with_certificates();
    const auto issue =
        system.run({"cert", "issue", "renewed", "--profile", "client", "--out", system.path("c")});
    BOOST_TEST_REQUIRE(issue.exit == 0);
    BOOST_TEST(system.run({"identity", "update", "lab", "--from", system.path("c"), "--json"})
                   .json()["error"]["name"] == "identity-unknown");
    BOOST_TEST_REQUIRE(add(system, "lab", "client", "client").exit == 0);
    const auto update = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"identity", "update", "lab", "--json"});
        return system.run(more);
    };
    const auto subject = [&] {
        return system.run({"identity", "show", "lab", "--json"})
            .json()["certificate"]["subject"]
            .get<std::string>();
    };
    const std::string pem = system.path("c/renewed.pem"), key = system.path("c/renewed.key");
    BOOST_TEST(update({"--cert", pem, "--key", key}).exit == 0);
    BOOST_TEST(subject() == "CN=renewed");
    BOOST_TEST(system.entries("etc/rpctls/identities") == 1u); // nothing of the old pair is left
    BOOST_TEST(system.run({"identity", "list"}).exit == 0);

    // What does not fit leaves the old pair.
    BOOST_TEST(update({"--cert", system.path("c/client.pem"), "--key", key}).json()["error"]["name"] ==
               "key-mismatch");
    BOOST_TEST(update({"--cert", system.path("c/expired.pem"), "--key", system.path("c/expired.key")}).exit ==
               4);
    BOOST_TEST(update({"--cert", pem}).exit == 2);
    BOOST_TEST(update({"--cert", pem, "--key", key, "--from", system.path("c")}).exit == 2);
    BOOST_TEST(update({"--from", system.path("c")})
                   .json()["error"]["facts"]["looked for"]
                   .get<std::string>()
                   .find("tls.crt") != std::string::npos);
    BOOST_TEST(subject() == "CN=renewed");

    std::filesystem::create_directory(system.path("k8s"));
    std::filesystem::copy(system.path("c/client.pem"), system.path("k8s/tls.crt"));
    std::filesystem::copy(system.path("c/client.key"), system.path("k8s/tls.key"));
    BOOST_TEST(update({"--from", system.path("k8s")}).exit == 0);
    BOOST_TEST(subject() == "CN=client");
}

BOOST_AUTO_TEST_CASE(restore_has_nothing_to_do_for_another_system_and_knows_its_names) {
    const System system = with_certificates();
    BOOST_TEST(system.run({"identity", "restore"}).exit == 0); // no store yet
    BOOST_TEST_REQUIRE(add(system, "lab", "client", "client").exit == 0);
    const Outcome all = system.run({"identity", "restore", "--all"});
    BOOST_TEST(all.exit == 0);
    BOOST_TEST(all.out.starts_with("Nothing to restore: "), all.out);
    BOOST_TEST(system.run({"identity", "restore", "lab", "--json"}).json()["keyring"].is_null());
    BOOST_TEST(system.run({"identity", "restore", "lob", "--json"}).json()["error"]["name"] ==
               "identity-unknown");
    BOOST_TEST(system.run({"identity", "restore", "lab", "--all"}).exit == 2);
}

BOOST_AUTO_TEST_CASE(those_that_end_soon_are_told_by_the_exit_status) {
    const System system = with_certificates();
    BOOST_TEST(system.run({"identity", "list", "--check", "30"}).exit == 0);
    BOOST_TEST_REQUIRE(add(system, "lab", "client", "client").exit == 0);
    const Outcome well = system.run({"identity", "list", "--check", "30"});
    BOOST_TEST(well.exit == 0);
    BOOST_TEST(well.out == "none of 1 ends within 30 days\n");
    const Outcome soon = system.run({"identity", "list", "--check", "400"});
    BOOST_TEST(soon.exit == 1);
    BOOST_TEST(soon.out.find("lab   CN=client") != std::string::npos, soon.out);
    BOOST_TEST_REQUIRE(add(system, "old", "expired", "expired", {"--force"}).exit == 0);
    const Outcome expired = system.run({"identity", "list", "--check", "0", "--json"});
    BOOST_TEST(expired.exit == 1);
    BOOST_TEST(expired.json()["identities"][0]["holds"] == true);
    BOOST_TEST(expired.json()["identities"][1]["holds"] == false);
    BOOST_TEST(system.run({"identity", "list", "--check", "0"}).out.find("CN=client") == std::string::npos);
    BOOST_TEST(system.run({"identity", "list", "--check", "-1"}).exit == 2);
    BOOST_TEST(system.run({"identity", "list"}).exit == 0);
}

BOOST_AUTO_TEST_CASE(what_the_configuration_names_is_in_use) {
    const System system = with_certificates();
    BOOST_TEST_REQUIRE(add(system, "lab", "client", "client").exit == 0);
    BOOST_TEST_REQUIRE(add(system, "spare", "client", "client").exit == 0);
    std::ofstream(system.path("etc/rpctls/rpctls.conf"))
        << "[authenticate.client]\nidentity=lab\n[service.backup]\nidentity=none, lab other\n";
    const auto used = system.run({"identity", "list", "--json"}).json()["identities"][0]["used_by"];
    BOOST_TEST(used["configuration"].dump() == R"(["authenticate.client","service.backup"])");
    BOOST_TEST(used["mounts"].empty());
    BOOST_TEST(system.run({"identity", "list"}).out.find("[authenticate.client] [service.backup]") !=
               std::string::npos);
    const Outcome refused = system.run({"identity", "remove", "lab"});
    BOOST_TEST(refused.exit == 4);
    BOOST_TEST(refused.err.find("authenticate.client service.backup") != std::string::npos, refused.err);
    BOOST_TEST(system.run({"identity", "remove", "spare"}).exit == 0);
    BOOST_TEST(system.run({"identity", "remove", "lab", "--force"}).exit == 0);
}

BOOST_AUTO_TEST_CASE(a_key_in_a_token_is_taken_by_url_and_its_pin_is_not) {
    const System system = with_certificates();
    const auto with_url = [&](const std::string &url) {
        return system.run({"identity", "add", "lab", "--cert", system.path("c/client.pem"), "--key", url});
    };
    const Outcome open = with_url("pkcs11:token=lab;object=client?PIN-Value=482913");
    BOOST_TEST(open.exit == 4);
    BOOST_TEST(open.err.find("has its PIN in it") != std::string::npos, open.err);
    BOOST_TEST(open.err.find("482913") == std::string::npos);
    BOOST_TEST(with_url("pkcs11:token=a b").err.find("makes no sense") != std::string::npos);
    BOOST_TEST(with_url("pkcs11:" + std::string(5000, 'x')).err.find("makes no sense") != std::string::npos);
    const Outcome absent = with_url("pkcs11:token=rpctls-has-no-such-token;object=client");
    BOOST_TEST(absent.exit == 4);
    BOOST_TEST(absent.err.find("cannot use the private key pkcs11:token=rpctls-has-no-such-token") !=
                   std::string::npos,
               absent.err);
    BOOST_TEST(!system.has("etc/rpctls/identities"));

    // The token is asked when the identity is made and when it is proved, not to list it.
    BOOST_TEST_REQUIRE(add(system, "lab", "client", "client").exit == 0);
    std::filesystem::remove(system.path("etc/rpctls/identities/lab/key.pem"));
    std::ofstream(system.path("etc/rpctls/identities/lab/key.url"))
        << "pkcs11:token=rpctls-has-no-such-token";
    std::filesystem::permissions(system.path("etc/rpctls/identities/lab/key.url"),
                                 std::filesystem::perms(0600));
    const Outcome list = system.run({"identity", "list"});
    BOOST_TEST(list.exit == 0);
    BOOST_TEST(list.out.find("(in a token)") != std::string::npos, list.out);
    BOOST_TEST(system.run({"identity", "show", "lab", "--json"}).json()["key_url"] ==
               "pkcs11:token=rpctls-has-no-such-token");
}

BOOST_AUTO_TEST_CASE(a_removed_identity_is_gone) {
    const System system = with_certificates();
    BOOST_TEST_REQUIRE(add(system, "lab", "client", "client").exit == 0);
    BOOST_TEST(system.run({"identity", "remove", "lab"}).exit == 0);
    BOOST_TEST(!system.has("etc/rpctls/identities/lab"));
    BOOST_TEST(system.run({"identity", "remove", "lab", "--json"}).json()["error"]["name"] ==
               "identity-unknown");
    BOOST_TEST(system.run({"identity", "remove", "../x"}).exit == 4);
}

BOOST_AUTO_TEST_SUITE_END()
