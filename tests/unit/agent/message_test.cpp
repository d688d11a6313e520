// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/audit.hpp"
#include "agent/control_message.hpp"
#include "agent/peer_address.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

using namespace rpctls;
using namespace rpctls::agent;

namespace {

std::string field(const AuditEntry &entry, std::string_view key) {
    const auto found =
        std::find_if(entry.fields.begin(), entry.fields.end(), [&](const auto &f) { return f.key == key; });
    return found == entry.fields.end() ? "(absent)" : found->value;
}

Report report() {
    Report report;
    report.role = Role::server;
    report.peer_address = "192.0.2.7";
    report.duration = std::chrono::microseconds(3210);
    tls::SessionFacts facts;
    facts.version = "TLS 1.3";
    facts.cipher = "TLS_AES_128_GCM_SHA256";
    report.facts = facts;
    return report;
}

} // namespace

BOOST_AUTO_TEST_SUITE(audit)

BOOST_AUTO_TEST_CASE(R_6_1_1_a_session_leaves_one_line_with_peer_role_mode_version_suite_and_alpn) {
    const auto entry = audit_entry(report());
    BOOST_TEST((entry.priority == Priority::info));
    BOOST_TEST(entry.message == "handshake with 192.0.2.7 as server: mode=server-auth, TLS 1.3, "
                                "TLS_AES_128_GCM_SHA256, alpn=absent, 3.2 ms");
    BOOST_TEST(field(entry, "RPCTLS_MODE") == "server-auth");
    BOOST_TEST(field(entry, "RPCTLS_ALPN") == "absent");
    BOOST_TEST(field(entry, "RPCTLS_STATUS") == "0");
}

BOOST_AUTO_TEST_CASE(a_peer_that_proved_an_identity_is_named_and_cannot_break_the_line) {
    auto mutual = report();
    mutual.facts->peer_authenticated = true;
    mutual.facts->alpn = "sunrpc";
    tls::CertificateInfo peer;
    peer.subject = "CN=evil\nfake line";
    peer.issuer = "CN=CA";
    peer.serial = "01ab";
    mutual.facts->peer_chain = {peer};
    const auto entry = audit_entry(mutual);
    BOOST_TEST(entry.message.find('\n') == std::string::npos);
    BOOST_TEST(entry.message.find("mode=mutual-x509") != std::string::npos);
    BOOST_TEST(entry.message.find("serial 01ab issued by \"CN=CA\"") != std::string::npos);
    BOOST_TEST(field(entry, "RPCTLS_PEER_SERIAL") == "01ab");
    BOOST_TEST(field(entry, "RPCTLS_PEER_SUBJECT").find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_client_is_mutual_when_it_sent_its_certificate) {
    auto client = report();
    client.role = Role::client;
    client.peer_name = "nfs1.example";
    client.facts->peer_authenticated = true;
    BOOST_TEST(mode_of(client) == "server-auth");
    client.facts->certificate_sent = true;
    BOOST_TEST(mode_of(client) == "mutual-x509");
    BOOST_TEST(peer_of(client) == "nfs1.example (192.0.2.7)");
}

BOOST_AUTO_TEST_CASE(R_6_1_1_a_failure_is_a_warning_with_cause_and_hint_and_proves_no_mode) {
    auto failed = report();
    failed.failure = Error{Stage::verify, "ca-not-trusted", "the CA is unknown", {}, "install the CA", 0};
    const auto entry = audit_entry(failed);
    BOOST_TEST((entry.priority == Priority::warning));
    BOOST_TEST(
        entry.message ==
        "handshake with 192.0.2.7 as server failed after 3.2 ms: the CA is unknown; hint: install the CA");
    BOOST_TEST(field(entry, "RPCTLS_CAUSE") == "ca-not-trusted");
    BOOST_TEST(field(entry, "RPCTLS_STAGE") == "verify");
    BOOST_TEST(field(entry, "RPCTLS_HINT") == "install the CA");
    BOOST_TEST(field(entry, "RPCTLS_MODE") == "none");
    BOOST_TEST(field(entry, "RPCTLS_STATUS") == std::to_string(EACCES));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(control_message)

BOOST_AUTO_TEST_CASE(the_four_requests_are_understood) {
    BOOST_TEST(std::holds_alternative<StatusQuery>(*parse_control_request(R"({"op":"status"})")));
    const auto failure = parse_control_request(R"({"op":"last-failure","server":"n"})");
    BOOST_TEST(std::get<LastFailureQuery>(*failure).server == "n");
    const auto plain = parse_control_request(R"({"op":"use-identity","server":"n","identity":"i"})");
    BOOST_TEST(std::get<UseIdentity>(*plain).identity == "i");
    BOOST_TEST(!std::get<UseIdentity>(*plain).replace);
    const auto replacing =
        parse_control_request(R"({"op":"use-identity","server":"n","identity":"i","replace":true})");
    BOOST_TEST(std::get<UseIdentity>(*replacing).replace);
    const auto clearing = parse_control_request(R"({"op":"use-configuration","server":"n","replace":true})");
    BOOST_TEST(std::get<UseConfiguration>(*clearing).server == "n");
    BOOST_TEST(std::get<UseConfiguration>(*clearing).replace);
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused) {
    const std::string deep = std::string(60'000, '[');
    for (const std::string &bad :
         {std::string(), std::string("null"), std::string("[]"), std::string("{}"),
          std::string(R"({"op":1})"), std::string(R"({"op":"shutdown"})"),
          std::string(R"({"op":"use-identity","server":"n"})"),
          std::string(R"({"op":"use-identity","identity":"n"})"), std::string(R"({"op":"last-failure"})"),
          std::string(R"({"op":"use-identity","server":"n","identity":"i","replace":"yes"})"),
          std::string("{\"op\":\"\xff\"}"), deep, std::string(longest_control_message + 1, ' ')}) {
        const auto parsed = parse_control_request(bad);
        BOOST_TEST_REQUIRE(!parsed.has_value(), bad.substr(0, 60));
        BOOST_TEST(parsed.error().name == "control-request-invalid");
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(peer_addresses)

BOOST_AUTO_TEST_CASE(addresses_are_literals_without_port_and_zone) {
    sockaddr_storage storage{};
    auto &v4 = reinterpret_cast<sockaddr_in &>(storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(2049);
    ::inet_pton(AF_INET, "192.0.2.7", &v4.sin_addr);
    BOOST_TEST(address_text(storage) == "192.0.2.7");

    storage = {};
    auto &v6 = reinterpret_cast<sockaddr_in6 &>(storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_scope_id = 1;
    ::inet_pton(AF_INET6, "fe80::7", &v6.sin6_addr);
    BOOST_TEST(address_text(storage) == "fe80::7");
    ::inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6.sin6_addr);
    BOOST_TEST(address_text(storage) == "192.0.2.7");

    storage = {};
    storage.ss_family = AF_UNIX;
    BOOST_TEST(address_text(storage).empty());
    BOOST_TEST(peer_address(-1).empty());
}

BOOST_AUTO_TEST_SUITE_END()
