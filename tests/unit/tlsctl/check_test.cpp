// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/key_pair.hpp"
#include "tests/unit/tls/test_pki.hpp"
#include "tests/unit/tlsctl/run.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>

using namespace rpctls;
using namespace rpctls::test;
using namespace std::chrono_literals;

namespace {

/// Files of certificates, and what cert check finds in them.
class Checked {
public:
    std::string put(const std::string &name, const std::string &text) const {
        std::ofstream(system.path(name)) << text;
        std::filesystem::permissions(system.path(name), std::filesystem::perms(0600));
        return system.path(name);
    }
    Outcome run(const std::string &chain, std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"cert", "check", put("x.pem", chain), "--json"});
        return system.run(more);
    }
    /// The names of the faults, "well" when there are none; every finding has a remedy.
    std::string faults(const std::string &chain, std::vector<std::string> more = {}) const {
        const Outcome outcome = run(chain, std::move(more));
        const auto json = outcome.json();
        if (json.contains("error"))
            return json["error"]["name"];
        std::vector<std::string> names;
        for (const auto &finding : json["findings"]) {
            BOOST_TEST(finding["hint"] != "");
            if (finding["level"] == "wrong")
                names.push_back(finding["name"]);
        }
        BOOST_TEST(outcome.exit == (names.empty() ? 0 : 1));
        BOOST_TEST(json["well"] == names.empty());
        std::sort(names.begin(), names.end());
        return names.empty() ? "well" : join(names, " ");
    }

    System system;
};

CertificateSpec host() {
    CertificateSpec spec;
    spec.common_name = "nfs1";
    spec.dns_names = {"nfs1.example"};
    spec.until = 24h * 90;
    return spec;
}

CertificateSpec authority(const std::string &name) {
    CertificateSpec spec;
    spec.common_name = name;
    spec.is_ca = true;
    spec.until = 24h * 900;
    return spec;
}

} // namespace

BOOST_AUTO_TEST_SUITE(certificate_checks)

BOOST_AUTO_TEST_CASE(a_sound_certificate_has_no_faults) {
    const Checked checked;
    const Certified ca = certify(authority("CA"));
    const std::string trust = checked.put("ca.pem", ca.certificate);
    const Certified leaf = certify(host(), &ca);
    const std::string key = checked.put("x.key", leaf.key);
    BOOST_TEST(checked.faults(leaf.certificate, {"--ca", trust, "--key", key, "--host", "nfs1.example"}) ==
               "well");
    const Outcome text = checked.system.run({"cert", "check", checked.system.path("x.pem")});
    BOOST_TEST(text.out.find("no CA was given") != std::string::npos);
    BOOST_TEST(text.out.find("Nothing is wrong with it.") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(dates_that_are_over_near_or_still_to_come_are_found) {
    const Checked checked;
    const Certified ca = certify(authority("CA"));
    auto spec = host();
    spec.until = 24h * 10;
    const Certified soon = certify(spec, &ca);
    BOOST_TEST(checked.faults(soon.certificate) == "certificate-expires-soon");
    BOOST_TEST(checked.faults(soon.certificate, {"--days", "7"}) == "well");
    spec.from = -48h;
    spec.until = -1h;
    BOOST_TEST(checked.faults(certify(spec, &ca).certificate) == "certificate-expired");
    spec.from = 2h;
    spec.until = 24h * 90;
    const Certified future = certify(spec, &ca);
    BOOST_TEST(checked.faults(future.certificate) == "certificate-not-yet-valid");
    BOOST_TEST(checked.run(future.certificate).out.find("clocks") != std::string::npos);
    auto old_ca = authority("Old CA");
    old_ca.until = 24h * 5;
    const Certified ending = certify(old_ca, &ca);
    const Certified below = certify(host(), &ending);
    BOOST_TEST(checked.faults(below.certificate + ending.certificate) == "certificate-expires-soon");
}

BOOST_AUTO_TEST_CASE(names_that_clients_would_not_find_are_found) {
    const Checked checked;
    auto spec = host();
    BOOST_TEST(checked.faults(certify(spec).certificate, {"--host", "nfs2.example"}) ==
               "server-name-mismatch");
    BOOST_TEST(checked.faults(certify(spec).certificate, {"--host", "192.0.2.7"}) == "server-name-mismatch");
    BOOST_TEST(checked.faults(certify(spec).certificate, {"--host", "*.example"}) == "server-name-invalid");
    spec.common_name = "nfs1.example";
    spec.dns_names.clear();
    const Outcome cn_only = checked.run(certify(spec).certificate, {"--host", "nfs1.example"});
    BOOST_TEST(cn_only.exit == 1);
    BOOST_TEST(cn_only.out.find("names-missing") != std::string::npos);
    BOOST_TEST(cn_only.out.find("the common name alone has that name") != std::string::npos);
    spec.dns_names = {"*.example"};
    BOOST_TEST(checked.faults(certify(spec).certificate, {"--profile", "server"}) == "names-missing");
    BOOST_TEST(checked.faults(certify(spec).certificate, {"--profile", "client"}) == "well");
    spec.dns_names = {"*.example", "nfs1.example"};
    BOOST_TEST(checked.run(certify(spec).certificate).out.find("wildcard-useless") != std::string::npos);
    BOOST_TEST(checked.faults(certify(spec).certificate, {"--host", "nfs1.example"}) == "well");
}

BOOST_AUTO_TEST_CASE(chains_in_the_wrong_order_or_with_a_gap_are_found) {
    const Checked checked;
    const Certified root = certify(authority("Root"));
    const Certified middle = certify(authority("Middle"), &root);
    const Certified low = certify(authority("Low"), &middle);
    const Certified leaf = certify(host(), &low);
    const std::string trust = checked.put("ca.pem", root.certificate);
    const auto faults = [&](const std::string &chain) { return checked.faults(chain, {"--ca", trust}); };
    BOOST_TEST(faults(leaf.certificate + low.certificate + middle.certificate) == "well");
    BOOST_TEST(faults(leaf.certificate + middle.certificate + low.certificate) == "chain-order");
    BOOST_TEST(faults(low.certificate + leaf.certificate + middle.certificate).find("chain-order") !=
               std::string::npos);
    BOOST_TEST(faults(leaf.certificate + middle.certificate) == "chain-incomplete");
    BOOST_TEST(faults(leaf.certificate + low.certificate) == "ca-not-trusted");
    BOOST_TEST(checked.run(leaf.certificate + low.certificate + middle.certificate + root.certificate)
                   .out.find("chain-root") != std::string::npos);
    const Certified other = certify(authority("Root"));
    checked.put("ca.pem", other.certificate);
    BOOST_TEST(faults(leaf.certificate + low.certificate + middle.certificate) == "ca-not-trusted");
}

BOOST_AUTO_TEST_CASE(usages_keys_and_signatures_that_peers_refuse_are_found) {
    const Checked checked;
    const Certified ca = certify(authority("CA"));
    auto spec = host();
    spec.extended_key_usages = {"1.3.6.1.5.5.7.3.4"};
    BOOST_TEST(checked.faults(certify(spec, &ca).certificate) == "purpose-missing");
    spec.extended_key_usages = {"1.3.6.1.5.5.7.3.2"};
    BOOST_TEST(checked.faults(certify(spec, &ca).certificate) == "well");
    BOOST_TEST(checked.faults(certify(spec, &ca).certificate, {"--host", "nfs1.example"}) ==
               "purpose-missing");
    BOOST_TEST(checked.faults(certify(spec, &ca).certificate, {"--profile", "peer"}) == "purpose-missing");
    spec = host();
    spec.key_usage = 8; // keyAgreement
    BOOST_TEST(checked.faults(certify(spec, &ca).certificate) == "key-usage");
    spec = host();
    spec.rsa_bits = 1024;
    BOOST_TEST(checked.faults(certify(spec, &ca).certificate) == "weak-key");
    spec = host();
    spec.sha1 = true;
    BOOST_TEST(checked.faults(certify(spec, &ca).certificate) == "weak-signature");
}

BOOST_AUTO_TEST_CASE(a_revoked_certificate_and_a_key_of_another_are_found) {
    const Checked checked;
    const Certified ca = certify(authority("CA"));
    const Certified leaf = certify(host(), &ca);
    const Certified other = certify(host(), &ca);
    const std::string trust = checked.put("ca.pem", ca.certificate);
    const std::string crl = checked.put("crl.pem", revoke(ca, {leaf}));
    BOOST_TEST(checked.faults(leaf.certificate, {"--ca", trust, "--crl", crl}) == "certificate-revoked");
    BOOST_TEST(checked.faults(other.certificate, {"--ca", trust, "--crl", crl}) == "well");
    checked.put("crl.pem", revoke(ca, {}, -1h));
    BOOST_TEST(checked.faults(leaf.certificate, {"--ca", trust, "--crl", crl}) == "crl-outdated");
    BOOST_TEST(checked.faults(leaf.certificate, {"--crl", crl}) == "usage");
    const std::string key = checked.put("x.key", other.key);
    BOOST_TEST(checked.faults(leaf.certificate, {"--key", key}) == "key-mismatch");
}

BOOST_AUTO_TEST_CASE(what_cert_issue_made_is_checked_by_its_name_and_by_the_ca_that_is_here) {
    const System system;
    BOOST_TEST(system.run({"ca", "init"}).exit == 0);
    BOOST_TEST(system.run({"cert", "issue", "nfs1", "--dns", "nfs1.example"}).exit == 0);
    const Outcome outcome = system.run({"cert", "check", "nfs1", "--host", "nfs1.example", "--json"});
    BOOST_TEST(outcome.exit == 0);
    BOOST_TEST(outcome.json()["trust_checked"] == true);
    BOOST_TEST(system.run({"cert", "check", "nobody"}).exit == 4);
    BOOST_TEST(system.run({"cert", "show", "nfs1"}).out.find("DNS:nfs1.example") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(certificates_are_shown_from_pem_der_and_pkcs12) {
    const System system;
    BOOST_TEST(system.run({"ca", "init"}).exit == 0);
    const std::string bundle = system.path("c.p12");
    BOOST_TEST(system.run({"cert", "issue", "c", "--bundle", bundle, "--out", system.path("o")}).exit == 0);
    const auto json = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"cert", "show"});
        arguments.emplace_back("--json");
        return system.run(arguments).json();
    };
    const auto pem = json({system.path("o/c.pem")});
    BOOST_TEST(pem["certificates"].size() == 1u);
    BOOST_TEST(json({bundle})["error"]["name"] == "passphrase-missing");
    const auto p12 = json({bundle, "--passphrase-file", bundle + ".passphrase"});
    BOOST_TEST(p12["private_key"] == true);
    BOOST_TEST(p12["certificates"] == pem["certificates"]);
    const std::string text = read_file(system.path("o/c.pem")).value();
    const auto chain = tls::parse_chain(as_bytes(text), "c.pem").value();
    std::ofstream(system.path("c.der")) << as_text(chain.front().der);
    BOOST_TEST(json({system.path("c.der")})["certificates"] == pem["certificates"]);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(renewed_authority)

BOOST_AUTO_TEST_CASE(a_renewed_ca_keeps_its_name_and_key_and_what_it_signed_stays_valid) {
    const System system;
    BOOST_TEST(system.run({"ca", "init", "--name", "CA", "--days", "40", "--permit-dns", "example"}).exit ==
               0);
    BOOST_TEST(system.run({"cert", "issue", "nfs1", "--dns", "nfs1.example"}).exit == 0);
    const auto before = system.run({"ca", "show", "--json"}).json();
    const Outcome renewal = system.run({"ca", "renew", "--days", "400", "--json"});
    BOOST_TEST(renewal.exit == 0, renewal.err);
    const auto after = system.run({"ca", "show", "--json"}).json();
    BOOST_TEST(after["ca"]["subject"] == before["ca"]["subject"]);
    BOOST_TEST(after["ca"]["spki_sha256"] == before["ca"]["spki_sha256"]);
    BOOST_TEST(after["ca"]["serial"] != before["ca"]["serial"]);
    BOOST_TEST(after["ca"]["days_left"] == 400);
    BOOST_TEST(after["permitted_dns"] == nlohmann::json::array({"example"}));
    BOOST_TEST(after["path_length"] == 0);
    BOOST_TEST(renewal.json()["replaced"]["serial"] == before["ca"]["serial"]);
    BOOST_TEST(system.run({"cert", "check", "nfs1", "--days", "7"}).exit == 0);
}

BOOST_AUTO_TEST_CASE(a_successor_takes_the_place_and_the_old_ca_is_kept_whole) {
    const System system;
    BOOST_TEST(system.run({"ca", "init", "--name", "CA"}).exit == 0);
    const auto before = system.run({"ca", "show", "--json"}).json();
    const Outcome roll_over = system.run({"ca", "renew", "--new-key", "--key-type", "ed25519", "--json"});
    BOOST_TEST_REQUIRE(roll_over.exit == 0, roll_over.err);
    const auto after = system.run({"ca", "show", "--json"}).json();
    BOOST_TEST(after["ca"]["subject"] == "CN=CA G2");
    BOOST_TEST(after["ca"]["key_type"] == "Ed25519");
    const std::string old = roll_over.json()["old_ca_dir"];
    BOOST_TEST(system.run({"ca", "show", "--ca-dir", old, "--json"}).json()["ca"] == before["ca"]);
    BOOST_TEST(system.run({"cert", "issue", "late", "--ca-dir", old}).exit == 0);
    BOOST_TEST(system.run({"ca", "renew", "--new-key", "--json"}).json()["ca"]["subject"] == "CN=CA G3");
    // As a kill between the two renames leaves it: the old CA under the name that the next run uses.
    std::filesystem::rename(old, system.path("etc/rpctls/ca.next"));
    BOOST_TEST(system.run({"ca", "renew", "--new-key"}).exit == 0);
    BOOST_TEST(system.run({"ca", "show", "--ca-dir", old, "--json"}).json()["ca"] == before["ca"]);
    BOOST_TEST(system.run({"ca", "renew", "--ca-dir", system.path("nothing")}).exit == 4);
}

BOOST_AUTO_TEST_SUITE_END()
