// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/tlsctl/run.hpp"

#include "tlsctl/health/agent_check.hpp"
#include "tlsctl/health/agent_report.hpp"
#include "tlsctl/health/clock_check.hpp"
#include "tlsctl/health/credential_check.hpp"
#include "tlsctl/health/exports_check.hpp"
#include "tlsctl/health/fstab_check.hpp"
#include "tlsctl/health/kernel_check.hpp"
#include "tlsctl/health/keyring_check.hpp"
#include "tlsctl/health/network_check.hpp"
#include "tlsctl/health/nfs_utils_check.hpp"
#include "tlsctl/health/repair.hpp"
#include "tlsctl/health/trust_check.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <fstream>

using namespace rpctls;
using namespace rpctls::tlsctl;
using kernel::Answer;

namespace {

/// "fail agent-absent, warn …", or "pass" when there is nothing else.
std::string said(const Findings &findings) {
    std::string words;
    for (const Finding &finding : findings)
        if (finding.level != Level::pass)
            words += (words.empty() ? "" : ", ") + std::string(to_string(finding.level)) + " " + finding.name;
    return words.empty() ? "pass" : words;
}

/// The same of what the command said of one link.
std::string said(const test::Outcome &outcome, const std::string &link) {
    std::string words;
    const auto report = outcome.json();
    for (const auto &finding : report.at("findings"))
        if (finding.at("link") == link)
            words += (words.empty() ? "" : ", ") + finding.at("level").get<std::string>() +
                     (finding.at("name").is_null() ? "" : " " + finding.at("name").get<std::string>());
    return words;
}

void write(const test::System &system, const std::string &name, const std::string &text) {
    std::filesystem::create_directories(std::filesystem::path(system.path(name)).parent_path());
    std::ofstream(system.path(name)) << text;
}

/// A server and client with a CA, certificates for both, settings that name them, and an fstab.
struct Host : test::System {
    Host() {
        run({"ca", "init"});
        issue("nfs1", "server");
        issue("laptop", "client");
        run({"identity", "add", "lab", "--cert", path("etc/rpctls/certs/laptop.pem"), "--key",
             path("etc/rpctls/certs/laptop.key")});
        configure();
        write(*this, "etc/fstab", "nfs1.example:/ /mnt nfs xprtsec=mtls 0 0\n");
        write(*this, "etc/exports", "/srv *(rw)\n");
        write(*this, "var/lib/nfs/etab", "/srv\t*(rw,xprtsec=mtls)\n");
        write(*this, "usr/sbin/mount.nfs", "xprtsec");
        write(*this, "usr/sbin/exportfs", "xprtsec");
    }
    void issue(const std::string &name, const std::string &profile,
               std::vector<std::string> more = {}) const {
        std::vector<std::string> words{"cert",  "issue",           name,     "--profile", profile,
                                       "--dns", name + ".example", "--force"};
        words.insert(words.end(), more.begin(), more.end());
        BOOST_TEST_REQUIRE(run(words).exit == 0);
    }
    void configure(const std::string &more = {}) const {
        write(*this, "etc/rpctls/rpctls.conf",
              "[authenticate.client]\nx509.truststore=/etc/rpctls/ca/ca.pem\n[authenticate.server]\n"
              "x509.truststore=/etc/rpctls/ca/ca.pem\nx509.certificate=/etc/rpctls/certs/nfs1.pem\n"
              "x509.private_key=/etc/rpctls/certs/nfs1.key\n" +
                  more);
    }
    test::Outcome doctor() const { return run({"doctor", "--json"}); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(doctor_command)

BOOST_AUTO_TEST_CASE(an_image_in_order_passes_and_is_client_and_server) {
    const Host host;
    const auto outcome = host.doctor();
    BOOST_TEST(outcome.exit == 0);
    BOOST_TEST(outcome.json().at("roles") == nlohmann::json({"client", "server"}));
    BOOST_TEST(outcome.json().at("count").at("fail") == 0);
    for (const char *link : {"configuration", "nfs-utils", "exports", "fstab"})
        BOOST_TEST(said(outcome, link) == "pass");
    BOOST_TEST(said(outcome, "trust") == "pass, pass");
    BOOST_TEST(said(outcome, "credentials") == "pass, pass");
    BOOST_TEST(said(outcome, "kernel") == ""); // the running one's is not the image's
    const auto text = host.run({"doctor"});
    BOOST_TEST(text.out.find("0 failed, 0 warned") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_fault_of_the_files_is_1_and_has_its_name) {
    const Host host;
    const auto expect = [&](const char *link, const std::string &words) {
        const auto outcome = host.doctor();
        BOOST_TEST(said(outcome, link) == words);
        BOOST_TEST(outcome.exit == (words.find("fail") == std::string::npos ? 0 : 1));
    };
    host.issue("nfs1", "server", {"--not-before", "2020-01-01", "--not-after", "2020-02-01"});
    expect("credentials", "fail certificate-expired, pass");
    host.issue("nfs1", "server", {"--days", "10"});
    expect("credentials", "warn certificate-ends-soon, pass");
    host.issue("nfs1", "client");
    expect("credentials", "fail key-usage, pass");
    host.issue("nfs1", "server");
    std::filesystem::copy_file(host.path("etc/rpctls/certs/laptop.key"),
                               host.path("etc/rpctls/certs/nfs1.key"),
                               std::filesystem::copy_options::overwrite_existing);
    expect("credentials", "fail key-mismatch, pass");
    host.issue("nfs1", "server");
    std::filesystem::permissions(host.path("etc/rpctls/certs/nfs1.key"), std::filesystem::perms(0644));
    expect("credentials", "fail file-exposed, pass");
    host.issue("nfs1", "server");
    host.configure("[authenticate]\nx=1\n");
    expect("configuration", "warn option-unknown");
    host.configure("[mount]\nminimum=most\n");
    expect("configuration", "fail config-value");
    host.configure("[mount]\nminimum=mtls\n");
    expect("fstab", "pass");
    write(host, "etc/fstab", "nfs1.example:/ /mnt nfs xprtsec=tls 0 0\n");
    expect("fstab", "fail fstab-below-minimum");
    write(host, "etc/fstab", "nfs1.example:/ /mnt nfs xprtsec=mtls,tls_identity=lab 0 0\n");
    expect("fstab", "fail fstab-helper-missing");
    std::filesystem::rename(host.path("usr/sbin/mount.nfs"), host.path("usr/sbin/mount.nfs.nfs-utils"));
    std::filesystem::create_symlink("/usr/sbin/mount.nfstls", host.path("usr/sbin/mount.nfs"));
    expect("fstab", "pass");
    write(host, "var/lib/nfs/etab", "/srv\t*(rw,sync)\n");
    expect("exports", "warn export-plaintext");
    write(host, "etc/rpctls/ca/ca.pem", "");
    expect("trust", "fail truststore-empty, fail truststore-empty");
}

BOOST_AUTO_TEST_CASE(the_role_may_be_given_and_misuse_is_2) {
    const Host host;
    const auto client = host.run({"doctor", "--json", "--role", "client"});
    BOOST_TEST(client.json().at("roles") == nlohmann::json({"client"}));
    BOOST_TEST(said(client, "exports") == "");
    BOOST_TEST(host.run({"doctor", "--role", "router"}).exit == 2);
    BOOST_TEST(host.run({"doctor", "--fix"}).exit == 2); // never on an image
}

BOOST_AUTO_TEST_CASE(a_finding_names_what_mends_it) {
    const Host host;
    std::filesystem::permissions(host.path("etc/rpctls/certs/nfs1.key"), std::filesystem::perms(0644));
    const auto report = host.doctor().json();
    const auto &findings = report.at("findings");
    const auto found = std::ranges::find_if(
        findings, [](const nlohmann::json &finding) { return finding.at("name") == "file-exposed"; });
    BOOST_TEST_REQUIRE((found != findings.end()));
    BOOST_TEST(found->at("mend") == "chmod 600 " + host.path("etc/rpctls/certs/nfs1.key"));
    BOOST_TEST(found->at("fixable") == true);
}

BOOST_AUTO_TEST_CASE(repairs_run_once_and_say_when_they_fail) {
    const test::System system;
    write(system, "key", "x");
    std::filesystem::permissions(system.path("key"), std::filesystem::perms(0644));
    const auto exposed = fixed_by(fault(Level::fail, "credentials", "file-exposed", "…"),
                                  {"/usr/bin/chmod", "600", system.path("key")});
    auto done =
        repair({exposed, exposed, sound("agent", "…"), fault(Level::fail, "agent", "x", "…", {}, "by hand")});
    BOOST_TEST_REQUIRE(done.size() == 1);
    BOOST_TEST(!done.front().failure);
    BOOST_TEST(done.front().command == "chmod 600 " + system.path("key"));
    BOOST_TEST((std::filesystem::status(system.path("key")).permissions() == std::filesystem::perms(0600)));
    done =
        repair({fixed_by(fault(Level::fail, "kernel", "y", "…"), {"/usr/bin/chmod", "600", "/nonexistent"})});
    BOOST_TEST_REQUIRE(done.front().failure.has_value());
    BOOST_TEST(done.front().failure->name == "repair-failed");
    done = repair({fixed_by(fault(Level::fail, "kernel", "y", "…"), {"/nonexistent/program"})});
    BOOST_TEST(done.front().failure.has_value());
}

BOOST_AUTO_TEST_CASE(a_kernel_is_judged_by_its_answers_and_the_role) {
    KernelFacts facts;
    facts.capabilities = {"6.12", Answer::yes, Answer::yes, Answer::yes, Answer::no};
    facts.ciphers = {tls::KtlsCipher::aes_128_gcm, tls::KtlsCipher::aes_256_gcm};
    facts.nfsd = Answer::no;
    BOOST_TEST(said(judge_kernel(facts, {true, false})) == "pass");
    BOOST_TEST(said(judge_kernel(facts, {true, true})) == "fail nfsd-unsupported");
    facts.flexible_files = Answer::yes;
    BOOST_TEST(said(judge_kernel(facts, {true, false})) == "warn data-servers-in-clear");
    facts.capabilities.release = "6.16.3";
    BOOST_TEST(said(judge_kernel(facts, {true, false})) == "pass");
    facts.ciphers = {tls::KtlsCipher::chacha20_poly1305};
    BOOST_TEST(said(judge_kernel(facts, {true, false})) == "fail ktls-cipher-unsupported");
    facts.ciphers.reset();
    BOOST_TEST(said(judge_kernel(facts, {})) == "unknown ktls-untried");
    facts.capabilities.ktls = Answer::no;
    facts.capabilities.xprtsec = Answer::no;
    BOOST_TEST(said(judge_kernel(facts, {true, false})) == "fail ktls-unavailable, fail xprtsec-unsupported");
    facts.capabilities = {};
    BOOST_TEST(said(judge_kernel(facts, {true, false})) == "unknown no-permission, unknown no-permission");
}

BOOST_AUTO_TEST_CASE(the_agent_is_known_by_its_processes) {
    using State = kernel::AgentPresence::State;
    kernel::AgentPresence presence;
    BOOST_TEST(said(judge_agent(presence, true)) == "unknown agent-untold");
    presence.state = State::absent;
    BOOST_TEST(said(judge_agent(presence, true)) == "fail agent-absent");
    presence.state = State::present;
    BOOST_TEST(said(judge_agent(presence, true)) == "warn agent-elsewhere");
    BOOST_TEST(said(judge_agent(presence, false)) == "unknown no-permission");
    presence.processes = {{70, "rpctlsd"}};
    BOOST_TEST(said(judge_agent(presence, true)) == "pass");
    presence.processes = {{70, "tlshd"}};
    BOOST_TEST(said(judge_agent(presence, true)) == "warn agent-foreign");
    presence.processes = {{1, "systemd"}};
    BOOST_TEST(said(judge_agent(presence, true)) == "fail agent-stopped");
    presence.processes = {{70, "tlshd"}, {71, "rpctlsd"}};
    BOOST_TEST(said(judge_agent(presence, true)) == "fail agent-not-alone");
}

BOOST_AUTO_TEST_CASE(keys_have_a_quota_and_identities_a_keyring) {
    BOOST_TEST(said(judge_key_quota({})) == "pass");
    BOOST_TEST(said(judge_key_quota(keys::KeyQuota{8, 1000, 45, 25000})) == "pass");
    BOOST_TEST(said(judge_key_quota(keys::KeyQuota{950, 1000, 45, 25000})) == "warn keyring-quota-near");
    BOOST_TEST(said(judge_key_quota(keys::KeyQuota{8, 1000, 25000, 25000})) == "fail keyring-quota-full");
    BOOST_TEST(judge_key_quota(keys::KeyQuota{8, 8, 45, 25000}).front().mend ==
               "sysctl -w kernel.keys.root_maxkeys=1000");
    BOOST_TEST(said(judge_key_quota(keys::KeyQuota{1, 0, UINT64_MAX, UINT64_MAX})) ==
               "fail keyring-quota-full");
    BOOST_TEST(said(judge_identities({})) == "pass");
    BOOST_TEST(said(judge_identities({true, {"a"}, {}})) == "pass");
    BOOST_TEST(said(judge_identities({true, {"a"}, {"b"}})) == "fail identity-not-on-keyring");
}

BOOST_AUTO_TEST_CASE(the_clock_is_judged_by_the_calendar_the_certificates_and_the_kernel) {
    using namespace std::chrono;
    const tls::Time now = sys_days(year(2026) / 11 / 21);
    BOOST_TEST(said(judge_clock({now, Answer::yes, now - hours(1)})) == "pass");
    BOOST_TEST(said(judge_clock({now, Answer::unknown, {}})) == "pass");
    BOOST_TEST(said(judge_clock({now, Answer::no, {}})) == "warn clock-unsynchronised");
    BOOST_TEST(said(judge_clock({now, Answer::yes, now + hours(1)})) == "fail clock-behind");
    BOOST_TEST(said(judge_clock({sys_days(year(1970) / 1 / 1), Answer::yes, {}})) == "fail clock-absurd");
    BOOST_TEST(said(judge_clock({sys_days(year(2106) / 2 / 7), Answer::yes, {}})) == "fail clock-absurd");
}

BOOST_AUTO_TEST_CASE(trust_is_judged_by_its_authorities_and_lists) {
    const tls::Time now = std::chrono::system_clock::now();
    tls::CertificateInfo good;
    good.is_ca = true;
    good.not_after = now + std::chrono::hours(1);
    tls::CertificateInfo old = good;
    old.not_after = now - std::chrono::hours(1);
    tls::CertificateInfo leaf = good;
    leaf.is_ca = false;
    BOOST_TEST(said(judge_trust({"servers", "ca.pem", {good}, {}}, now)) == "pass");
    BOOST_TEST(said(judge_trust({"servers", "ca.pem", {good, old}, {}}, now)) == "warn ca-expired");
    BOOST_TEST(said(judge_trust({"servers", "ca.pem", {old}, {}}, now)) == "fail ca-expired");
    BOOST_TEST(said(judge_trust({"servers", "ca.pem", {leaf}, {}}, now)) == "warn not-a-ca");
    BOOST_TEST(said(judge_trust({"servers", "ca.pem", {good}, now + std::chrono::hours(1)}, now)) == "pass");
    BOOST_TEST(said(judge_trust({"servers", "ca.pem", {good}, now - std::chrono::hours(1)}, now)) ==
               "fail crl-outdated");
    BOOST_TEST(said(judge_trust({"servers", "ca.pem", {}, {}, true}, now)) == "warn trusts-nobody");
}

BOOST_AUTO_TEST_CASE(a_servers_certificate_must_lead_to_this_host) {
    tls::CertificateInfo leaf;
    leaf.dns_names = {"nfs1.example"};
    leaf.ip_addresses = {"192.0.2.7"};
    BOOST_TEST(said(judge_names(leaf, {"NFS1.example", {}, {}})) == "pass");
    BOOST_TEST(said(judge_names(leaf, {"host", {"10.0.0.1", "192.0.2.7"}, {}})) == "pass");
    BOOST_TEST(said(judge_names(leaf, {"host", {}, {"nfs1.example"}})) == "pass");
    BOOST_TEST(said(judge_names(leaf, {"host", {"10.0.0.1"}, {}})) == "fail names-not-covered");
}

BOOST_AUTO_TEST_CASE(exports_are_read_as_exportfs_writes_them) {
    // Of a real etab: nfs-utils 2.8.3.
    const auto exports =
        parse_etab("/srv/data\t127.0.0.0/"
                   "8(rw,sync,wdelay,hide,nocrossmnt,insecure,fsid=0,sec=sys,rw,xprtsec=none:tls:mtls)\n"
                   "/srv/a\\040b\t::1(ro,sec=sys,xprtsec=mtls)\n/srv/c\t*(rw)\nnonsense\n/x\t(\n\t)\n");
    BOOST_TEST_REQUIRE(exports.size() == 3);
    BOOST_TEST(exports[0].client == "127.0.0.0/8");
    BOOST_TEST(exports[0].allows("none"));
    BOOST_TEST(exports[1].path == "/srv/a b");
    BOOST_TEST(!exports[1].allows("none"));
    BOOST_TEST(exports[2].allows("none"));
    BOOST_TEST(said(judge_exports(exports, true)) == "warn export-plaintext, warn export-plaintext");
    BOOST_TEST(said(judge_exports({exports[1]}, true)) == "pass");
    BOOST_TEST(said(judge_exports({exports[1]}, false)) == "fail server-certificate-missing");
    BOOST_TEST(said(judge_exports({}, true)) == "warn nothing-exported");
}

BOOST_AUTO_TEST_CASE(lines_of_fstab_are_judged_one_by_one) {
    const auto judge = [](const std::string &line, const FstabGround &ground = {}) {
        const auto lines = parse_fstab("# a comment\n" + line + "\n");
        BOOST_TEST_REQUIRE(lines.size() == 1);
        BOOST_TEST(lines.front().line == 2);
        return said(judge_fstab_line(lines.front(), ground));
    };
    const FstabGround ours{{"lab"}, true, {}};
    BOOST_TEST(judge("a:/ /m nfs defaults 0 0") == "pass");
    BOOST_TEST(judge("a:/ /m nfs4 xprtsec=mtls") == "pass");
    BOOST_TEST(judge("a:/ /m nfs xprtsec=all") == "fail fstab-xprtsec-unknown");
    BOOST_TEST(judge("a:/ /m nfs xprtsec=auto") == "fail fstab-helper-missing");
    BOOST_TEST(judge("a:/ /m nfs xprtsec=auto", ours) == "pass");
    BOOST_TEST(judge("a:/ /m nfs xprtsec=mtls,tls_identity=lab", ours) == "pass");
    BOOST_TEST(judge("a:/ /m nfs xprtsec=tls,tls_identity=lab", ours) == "fail fstab-identity-unused");
    BOOST_TEST(judge("a:/ /m nfs xprtsec=mtls,tls_identity=x", ours) == "fail fstab-identity-missing");
    BOOST_TEST(judge("a:/ /m nfstls defaults", ours) == "warn fstab-netdev-missing");
    BOOST_TEST(judge("a:/ /m nfstls _netdev,tls_identity=lab", ours) == "pass");
    const FstabGround strict{{"lab"}, true, client::Protection::mtls};
    BOOST_TEST(judge("a:/ /m nfs xprtsec=tls", strict) == "fail fstab-below-minimum");
    BOOST_TEST(judge("a:/ /m nfs xprtsec=mtls", strict) == "pass");
    BOOST_TEST(judge("a:/ /m nfstls _netdev", strict) == "fail fstab-below-minimum");
    BOOST_TEST(judge("a:/ /m nfstls _netdev,tls_identity=lab", strict) == "pass");
}

BOOST_AUTO_TEST_CASE(fstab_of_any_shape_is_read) {
    const auto lines = parse_fstab("nfs1:/a\\040b\t/mnt/x\\040y nfs rw,xprtsec=tls,xprtsec=mtls 0 0\n"
                                   "/dev/sda1 / ext4 defaults 0 1\n\n  # nfs:/ /m nfs\nshort\n"
                                   "[2001:db8::1]:/ /m nfs rw\n" +
                                   std::string(20000, 'x') + " /m nfs rw\n\0 /m nfs rw\n");
    BOOST_TEST_REQUIRE(lines.size() == 2);
    BOOST_TEST(lines[0].mount_point == "/mnt/x y");
    BOOST_TEST(lines[0].server() == "nfs1");
    BOOST_TEST(lines[0].value("xprtsec").value() == "mtls");
    BOOST_TEST(lines[1].server() == "2001:db8::1");
}

BOOST_AUTO_TEST_CASE(nfs_utils_is_judged_by_what_its_programs_hold) {
    using Program = NfsUtilsFacts::Program;
    BOOST_TEST(nfs_utils_version("mount.nfs: (linux nfs-utils 2.8.3)\n") == "2.8.3");
    BOOST_TEST(nfs_utils_version("usage: x") == "");
    BOOST_TEST(said(judge_nfs_utils({Program::missing, Program::missing, {}}, {true, true})) ==
               "fail nfs-utils-missing, fail nfs-server-missing");
    BOOST_TEST(said(judge_nfs_utils({Program::without_xprtsec, Program::without_xprtsec, {}},
                                    {true, true})) == "fail exportfs-without-xprtsec");
    BOOST_TEST(said(judge_nfs_utils({Program::without_xprtsec, Program::missing, {}}, {true, false})) ==
               "pass");
}

BOOST_AUTO_TEST_CASE(a_preflight_is_told_stage_by_stage) {
    client::PreflightReport seen;
    seen.failure = Error{Stage::resolve, "name-not-found", "no such name"};
    BOOST_TEST(said(judge_preflight("a.example", seen)) == "fail name-not-found");
    BOOST_TEST(judge_preflight("a.example", seen).front().mend == "getent ahosts a.example");
    seen.addresses = {"192.0.2.7"};
    seen.failure = Error{Stage::connect, "connect-timeout", "no answer"};
    auto findings = judge_preflight("a.example", seen);
    BOOST_TEST(said(findings) == "fail connect-timeout");
    BOOST_TEST(findings.back().mend.find("firewall") != std::string::npos);
    seen.failure = Error{Stage::probe, "tls-not-offered", "no TLS"};
    findings = judge_preflight("a.example", seen);
    BOOST_TEST(said(findings) == "fail tls-not-offered");
    BOOST_TEST(findings.size() == 3); // the name and the port are sound
    seen.failure.reset();
    BOOST_TEST(said(judge_preflight("a.example", seen)) == "warn tls-untried");
    seen.session.emplace();
    BOOST_TEST(said(judge_preflight("a.example", seen)) == "pass");
}

BOOST_AUTO_TEST_CASE(being_denied_says_nothing_of_the_link) {
    const auto denied = system_error(Stage::input, "file-unreadable", "cannot read /x", EACCES);
    BOOST_TEST(said({finding_from(denied, "trust")}) ==
               (::geteuid() == 0 ? "fail file-unreadable" : "unknown no-permission"));
}

BOOST_AUTO_TEST_SUITE_END()
