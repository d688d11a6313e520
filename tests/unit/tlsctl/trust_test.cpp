// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpc/tls/issuer.hpp"
#include "tests/unit/tlsctl/run.hpp"
#include "tlsctl/trust/trust_store.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace rpctls;
using namespace rpctls::test;
using tls::TrustRole;

namespace {

/// A system with CA certificates: one.pem, two.pem, and old.pem, which has expired.
struct Site {
    System system;
    std::string one = make("One", std::chrono::hours(24));
    std::string two = make("Two", std::chrono::hours(24));

    std::string make(const std::string &name, std::chrono::seconds lifetime) const {
        const auto ca = tls::make_ca({name, tls::KeyKind::ecdsa_p256, lifetime});
        BOOST_TEST_REQUIRE(ca.has_value());
        put(name + ".pem", ca->certificate_pem);
        return ca->info.fingerprint;
    }
    void put(const std::string &name, const std::string &text) const {
        const std::filesystem::path file = system.path(name);
        std::filesystem::create_directories(file.parent_path());
        BOOST_TEST_REQUIRE(write_file(file, as_bytes(text), 0644).has_value());
    }
    std::string text(const std::string &name) const { return *read_file(system.path(name)); }
    Outcome trust(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), "trust");
        return system.run(arguments);
    }
    std::string error_name(std::vector<std::string> arguments) const {
        arguments.emplace_back("--json");
        const auto json = trust(arguments).json();
        return json.contains("error") ? json["error"]["name"].get<std::string>() : "none";
    }
    nlohmann::json role(const std::string &word) const {
        return trust({"list", "--json"}).json()["roles"][word];
    }
    std::vector<std::string> subjects(const std::string &word) const {
        std::vector<std::string> all;
        const auto listed = role(word);
        for (const auto &certificate : listed["certificates"])
            all.push_back(certificate["subject"]);
        return all;
    }
    /// What agent, mount helper and probe make of it.
    std::string trusted(TrustRole role) const {
        const auto settings = tls::load_settings({}, system.path(""));
        BOOST_TEST_REQUIRE(settings.has_value());
        const auto &section = role == TrustRole::client ? settings->client : settings->server;
        tls::CredentialSources sources;
        sources.truststore = section.truststore;
        sources.crl = section.crl;
        const auto loaded = tls::Credentials::load(std::move(sources));
        return loaded ? (*loaded)->trust_description() : loaded.error().name;
    }
};

using Names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(trust_commands)

BOOST_AUTO_TEST_CASE(an_added_ca_is_what_servers_are_verified_with_and_clients_are_not) {
    const Site site;
    BOOST_TEST(site.trusted(TrustRole::client).starts_with("the system's trust store"));
    const Outcome added = site.trust({"add", site.system.path("One.pem")});
    BOOST_TEST(added.exit == 0, added.err);
    BOOST_TEST(added.out.find("added CN=One (client: ") != std::string::npos, added.out);
    BOOST_TEST(added.out.find(site.one) != std::string::npos);
    BOOST_TEST(added.out.find("Note: servers are verified with ") != std::string::npos, added.out);
    BOOST_TEST((site.subjects("client") == Names{"CN=One"}));
    BOOST_TEST(site.role("server")["source"] == "system");
    BOOST_TEST(site.trusted(TrustRole::client) ==
               site.system.path("etc/rpctls/trust/client.pem") + " (1 certificate)");
    BOOST_TEST(site.trusted(TrustRole::server).starts_with("the system's trust store"));
    BOOST_TEST((std::filesystem::status(site.system.path("etc/rpctls/trust/client.pem")).permissions() ==
                std::filesystem::perms(0644)));
}

BOOST_AUTO_TEST_CASE(adding_twice_changes_nothing_and_is_no_error) {
    const Site site;
    BOOST_TEST(site.trust({"add", site.system.path("One.pem"), "--role", "both"}).exit == 0);
    BOOST_TEST(site.trust({"add", site.system.path("Two.pem"), "--role", "server"}).exit == 0);
    const std::string before = site.text("etc/rpctls/trust/server.pem");
    const Outcome again = site.trust({"add", site.system.path("Two.pem"), "--role", "both"});
    BOOST_TEST(again.exit == 0);
    BOOST_TEST(again.out.find("added CN=Two (client: ") != std::string::npos, again.out);
    BOOST_TEST(again.out.find("already trusted: CN=Two (server: ") != std::string::npos, again.out);
    BOOST_TEST(site.text("etc/rpctls/trust/server.pem") == before);
    BOOST_TEST((site.subjects("client") == Names{"CN=One", "CN=Two"}));
    BOOST_TEST((site.subjects("server") == Names{"CN=One", "CN=Two"}));
}

BOOST_AUTO_TEST_CASE(without_the_last_certificate_nobody_is_trusted_until_the_system_is_asked_for) {
    const Site site;
    BOOST_TEST(site.trust({"add", site.system.path("One.pem"), "--role", "both"}).exit == 0);
    const Outcome removed = site.trust({"remove", "One", "--role", "client"});
    BOOST_TEST(removed.exit == 0, removed.err);
    BOOST_TEST(removed.out.find("Note: no servers are trusted any more") != std::string::npos, removed.out);
    BOOST_TEST(site.trusted(TrustRole::client) ==
               site.system.path("etc/rpctls/trust/client.pem") + " (nobody)");
    BOOST_TEST(site.role("client")["nobody"] == true);
    BOOST_TEST((site.subjects("server") == Names{"CN=One"}));
    BOOST_TEST(site.trust({"list"}).out.find("client: no servers are trusted") != std::string::npos);
    // An empty file that says nothing is a fault, not an answer.
    site.put("etc/rpctls/trust/client.pem", "");
    BOOST_TEST(site.trusted(TrustRole::client) == "truststore-empty");
    BOOST_TEST(site.trust({"list"}).exit == 4);

    const Outcome back = site.trust({"remove", "--to-system", "--role", "server"});
    BOOST_TEST(back.exit == 0);
    BOOST_TEST(back.out.find("Note: clients are verified with the system's trust store again") !=
               std::string::npos);
    BOOST_TEST(site.trusted(TrustRole::server).starts_with("the system's trust store"));
}

BOOST_AUTO_TEST_CASE(a_certificate_is_removed_by_fingerprint_name_or_subject_and_never_by_guessing) {
    const Site site;
    site.make("Old/One", std::chrono::hours(24));
    BOOST_TEST(site.trust({"add", site.system.path("One.pem"), "--role", "both"}).exit == 0);
    BOOST_TEST(site.trust({"add", site.system.path("Two.pem"), "--role", "both"}).exit == 0);
    std::filesystem::create_directory(site.system.path("other"));
    const auto twin = tls::make_ca({"One", tls::KeyKind::ecdsa_p256, std::chrono::hours(1)});
    site.put("twin.pem", twin->certificate_pem);
    BOOST_TEST(site.trust({"add", site.system.path("twin.pem")}).exit == 0);

    BOOST_TEST(site.error_name({"remove", "Three"}) == "trust-unknown");
    BOOST_TEST(site.error_name({"remove", "On"}) == "trust-unknown");
    BOOST_TEST(site.error_name({"remove", site.two.substr(0, 7)}) == "trust-unknown");
    BOOST_TEST(site.error_name({"remove", "One"}) == "trust-ambiguous");
    BOOST_TEST((site.subjects("client") == Names{"CN=One", "CN=Two", "CN=One"}));

    std::string colons;
    for (std::size_t i = 0; i < 16; i += 2)
        colons += (i == 0 ? "" : ":") + site.one.substr(i, 2);
    BOOST_TEST(site.trust({"remove", colons}).exit == 0);
    BOOST_TEST((site.subjects("client") == Names{"CN=Two", "CN=One"}));
    BOOST_TEST((site.subjects("server") == Names{"CN=Two"}));
    BOOST_TEST(site.trust({"remove", "CN=One"}).exit == 0);
    BOOST_TEST((site.subjects("client") == Names{"CN=Two"}));
    BOOST_TEST(site.trust({"remove"}).exit == 2);
    BOOST_TEST(site.trust({"remove", "Two", "--all"}).exit == 2);
    BOOST_TEST(site.trust({"remove", "--all"}).exit == 0);
    BOOST_TEST(site.trusted(TrustRole::server).ends_with("(nobody)"));
}

BOOST_AUTO_TEST_CASE(only_the_certificates_of_cas_whose_time_has_not_passed_are_taken) {
    const Site site;
    site.make("Old", std::chrono::seconds(-60));
    BOOST_TEST(site.error_name({"add", site.system.path("Old.pem")}) == "ca-expired");
    BOOST_TEST(site.system.run({"ca", "init"}).exit == 0);
    BOOST_TEST(
        site.system.run({"cert", "issue", "leaf", "--dns", "a.example", "--out", site.system.path("c")})
            .exit == 0);
    BOOST_TEST(site.error_name({"add", site.system.path("c/leaf.pem")}) == "not-a-ca");
    BOOST_TEST(site.error_name({"add", site.system.path("c/leaf.key")}) == "certificate-missing");
    BOOST_TEST(site.error_name({"add", site.system.path("nowhere")}) == "file-missing");
    // One that is unfit spoils the file: half of what was meant is not taken.
    site.put("mixed.pem", site.text("One.pem") + site.text("c/leaf.pem"));
    BOOST_TEST(site.error_name({"add", site.system.path("mixed.pem")}) == "not-a-ca");
    BOOST_TEST(site.trust({"add", site.system.path("mixed.pem"), "--force"}).exit == 4);
    BOOST_TEST(site.trust({"add", site.system.path("One.pem"), "--role", "all"}).exit == 2);
    BOOST_TEST(site.role("client")["source"] == "system");
    const Outcome forced = site.trust({"add", site.system.path("Old.pem"), "--force"});
    BOOST_TEST(forced.exit == 0);
    BOOST_TEST(forced.out.find("has expired: nobody passes by it") != std::string::npos, forced.out);
}

BOOST_AUTO_TEST_CASE(der_and_bundles_of_many_are_taken) {
    const Site site;
    const auto one = tls::parse_chain(as_bytes(site.text("One.pem")), "one");
    site.put("one.der", std::string(as_text(one->front().der)));
    BOOST_TEST(site.trust({"add", site.system.path("one.der")}).exit == 0);
    BOOST_TEST((site.subjects("client") == Names{"CN=One"}));
    std::string bundle;
    for (int i = 0; i < 20; ++i)
        bundle += tls::make_ca({"CA " + std::to_string(i), tls::KeyKind::ecdsa_p256, std::chrono::hours(1)})
                      ->certificate_pem;
    site.put("bundle.pem", bundle);
    BOOST_TEST(site.trust({"add", site.system.path("bundle.pem")}).exit == 0);
    BOOST_TEST(site.subjects("client").size() == 21u);
    std::string endless;
    for (int i = 0; i < 513; ++i)
        endless += site.text("One.pem");
    site.put("endless.pem", endless);
    BOOST_TEST(site.error_name({"add", site.system.path("endless.pem")}) == "certificate-unreadable");
}

BOOST_AUTO_TEST_CASE(a_name_that_looks_like_pem_spoils_nothing) {
    const Site site;
    const auto odd =
        tls::make_ca({"-----BEGIN CERTIFICATE-----", tls::KeyKind::ecdsa_p256, std::chrono::hours(1)});
    BOOST_TEST_REQUIRE(odd.has_value());
    site.put("odd.pem", odd->certificate_pem);
    BOOST_TEST(site.trust({"add", site.system.path("odd.pem")}).exit == 0);
    BOOST_TEST(site.trust({"add", site.system.path("One.pem")}).exit == 0);
    BOOST_TEST((site.subjects("client") == Names{"CN=-----BEGIN CERTIFICATE-----", "CN=One"}));
    BOOST_TEST(site.trusted(TrustRole::client).ends_with("(2 certificates)"));
}

BOOST_AUTO_TEST_CASE(a_trust_store_that_the_settings_name_is_edited_only_where_it_is_ours) {
    const Site site;
    site.put("etc/rpctls/rpctls.conf", "[authenticate.client]\nx509.truststore=/etc/ssl/site.pem\n"
                                       "[authenticate.server]\nx509.truststore=/etc/rpctls/clients.pem\n");
    site.put("etc/ssl/site.pem", site.text("One.pem"));
    const Outcome refused = site.trust({"add", site.system.path("Two.pem"), "--role", "both"});
    BOOST_TEST(refused.exit == 4);
    BOOST_TEST(refused.err.find("etc/ssl/site.pem") != std::string::npos, refused.err);
    BOOST_TEST(refused.err.find("take x509.truststore= out of [authenticate.client]") != std::string::npos,
               refused.err);
    BOOST_TEST(!site.system.has("etc/rpctls/clients.pem"));
    // What is trusted there already needs no editing.
    BOOST_TEST(site.trust({"add", site.system.path("One.pem")}).exit == 0);
    BOOST_TEST(site.error_name({"remove", "One"}) == "trust-elsewhere");
    BOOST_TEST(site.error_name({"remove", "--to-system"}) == "trust-elsewhere");
    BOOST_TEST(site.text("etc/ssl/site.pem") == site.text("One.pem"));

    const Outcome added = site.trust({"add", site.system.path("Two.pem"), "--role", "server"});
    BOOST_TEST(added.exit == 0, added.err);
    BOOST_TEST(added.out.find("etc/rpctls/clients.pem is what [authenticate.server]") != std::string::npos,
               added.out);
    BOOST_TEST((site.subjects("server") == Names{"CN=Two"}));
    BOOST_TEST(site.role("server")["source"] == "configured");

    // A CA's own certificate is not a place to put others in, wherever a link leads.
    site.put("etc/rpctls/ca/ca.pem", site.text("One.pem"));
    std::filesystem::remove(site.system.path("etc/rpctls/clients.pem"));
    std::filesystem::create_symlink("ca/ca.pem", site.system.path("etc/rpctls/clients.pem"));
    BOOST_TEST(site.error_name({"add", site.system.path("Two.pem"), "--role", "server"}) ==
               "trust-elsewhere");
    site.put("key.pem",
             site.text("One.pem") + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    std::filesystem::remove(site.system.path("etc/rpctls/clients.pem"));
    std::filesystem::copy(site.system.path("key.pem"), site.system.path("etc/rpctls/clients.pem"));
    BOOST_TEST(site.error_name({"add", site.system.path("Two.pem"), "--role", "server"}) ==
               "trust-elsewhere");
}

BOOST_AUTO_TEST_CASE(a_ca_whose_revocation_list_is_in_use_stays_until_the_list_goes) {
    // Otherwise agents would refuse the new files and go on trusting the CA.
    const Site site;
    site.put("etc/rpctls/rpctls.conf", "[authenticate.client]\nx509.crl=/etc/rpctls/crl.pem\n");
    site.put("etc/rpctls/crl.pem", "no list\n");
    BOOST_TEST(site.error_name({"add", site.system.path("One.pem")}) == "trust-unusable");
    BOOST_TEST(!site.system.has("etc/rpctls/trust/client.pem"));
    site.put("etc/rpctls/rpctls.conf", "");
    BOOST_TEST(site.trust({"add", site.system.path("One.pem")}).exit == 0);
    BOOST_TEST(site.trust({"add", site.system.path("Two.pem")}).exit == 0);
    const std::string before = site.text("etc/rpctls/trust/client.pem");
    site.put("etc/rpctls/rpctls.conf", "[authenticate.client]\nx509.crl=/etc/rpctls/crl.pem\n");
    BOOST_TEST(site.error_name({"remove", "One"}) == "trust-unusable");
    BOOST_TEST(site.text("etc/rpctls/trust/client.pem") == before);
    // Where nobody is trusted a list decides nothing.
    BOOST_TEST(site.trust({"remove", "--all"}).exit == 0);
}

BOOST_AUTO_TEST_CASE(the_system_s_own_store_is_touched_when_asked_and_only_in_files_of_ours) {
    const Site site;
    const std::string folder = "usr/local/share/ca-certificates/";
    const std::vector<std::string> add{"add", site.system.path("One.pem"), "--system"};
    BOOST_TEST(site.error_name(add) == "system-trust-unknown");
    BOOST_TEST(site.trust(add).exit == 3);
    site.put(folder + "site.crt", site.text("Two.pem"));
    site.put("usr/sbin/update-ca-certificates", "");
    const Outcome added = site.trust(add);
    BOOST_TEST(added.exit == 0, added.err);
    BOOST_TEST(added.out.find("update-ca-certificates has to run in that system") != std::string::npos);
    BOOST_TEST(site.text(folder + "rpctls-" + site.one.substr(0, 16) + ".crt") == site.text("One.pem"));
    BOOST_TEST(site.trust(add).out.find("already trusted: CN=One (the system: ") != std::string::npos);
    BOOST_TEST(site.trust({"list", "--json"}).json()["system"].size() == 1u);
    BOOST_TEST(site.role("client")["source"] == "system");
    BOOST_TEST(site.error_name({"remove", "Two", "--system"}) == "trust-unknown");
    BOOST_TEST(site.trust({"remove", "One", "--system"}).exit == 0);
    BOOST_TEST(site.system.entries(folder) == 1u);
}

BOOST_AUTO_TEST_CASE(who_undoes_several_steps_gets_the_files_back_unless_they_have_changed_since) {
    const Site site;
    tlsctl::Context context;
    context.root = site.system.path("");
    BOOST_TEST(site.trust({"add", site.system.path("One.pem")}).exit == 0);
    const std::string before = site.text("etc/rpctls/trust/client.pem");
    const auto change =
        tlsctl::add_trust(site.text("Two.pem"), "Two.pem", {TrustRole::client, TrustRole::server}, context);
    BOOST_TEST_REQUIRE(change.has_value());
    BOOST_TEST((site.subjects("server") == Names{"CN=Two"}));
    BOOST_TEST(tlsctl::undo_trust(*change, context).has_value());
    BOOST_TEST(site.text("etc/rpctls/trust/client.pem") == before);
    BOOST_TEST(!site.system.has("etc/rpctls/trust/server.pem"));
    const auto later = tlsctl::add_trust(site.text("Two.pem"), "Two.pem", {TrustRole::client}, context);
    site.put("etc/rpctls/trust/client.pem", site.text("Two.pem"));
    BOOST_TEST(tlsctl::undo_trust(*later, context).error().name == "trust-changed");
    BOOST_TEST(site.text("etc/rpctls/trust/client.pem") == site.text("Two.pem"));
}

BOOST_AUTO_TEST_SUITE_END()
