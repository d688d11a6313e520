// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/agent_handshake.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/certificate.hpp"
#include "tests/unit/client/fake_agent.hpp"
#include "tests/unit/temporary_directory.hpp"
#include "tests/unit/tls/test_pki.hpp"

#include <boost/test/unit_test.hpp>

#include <nlohmann/json.hpp>

#include <sys/socket.h>

using namespace rpctls;
using namespace rpctls::client;
using nlohmann::json;
using Request = AgentHandshakeRequest;

namespace {

json good_request() {
    return {{"op", "handshake"}, {"role", "client"}, {"server", "nfs1.example"}, {"present", "nothing"}};
}

std::string reason(const json &object) {
    const auto request = agent_handshake_request(object);
    if (request)
        return "taken";
    BOOST_TEST(request.error().name == "control-request-invalid");
    return request.error().facts.at(0).value;
}

/// What a program sees of an agent that answers so, and of its socket.
struct Asked {
    AgentHandshakeReport report;
    bool peer_saw_the_end = false;
    std::string question;

    explicit Asked(std::optional<std::string> answer, Status engaged = {}) {
        const test::TemporaryDirectory directory;
        int both[2];
        BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) == 0);
        const Fd own(both[0]), peer(both[1]);
        const test::FakeAgent agent(directory / "agent.sock", std::move(answer));
        Request request;
        request.server_name = "nfs1.example";
        request.timeout = std::chrono::milliseconds(100);
        report = agent_handshake(own.get(), request, directory / "agent.sock", [&](int) { return engaged; });
        question = agent.asked();
        char octet = 0;
        peer_saw_the_end = ::recv(peer.get(), &octet, 1, MSG_DONTWAIT) == 0;
    }
    std::string outcome() const { return report.failure ? report.failure->name : "done"; }
};

std::string session_text() {
    AgentSession session;
    session.facts.version = "TLS 1.3";
    session.facts.cipher = "TLS_AES_128_GCM_SHA256";
    session.channel_binding.assign(32, std::byte{7});
    return json{{"ok", true}, {"session", to_json(session)}}.dump();
}

} // namespace

BOOST_AUTO_TEST_SUITE(agent_handshakes)

BOOST_AUTO_TEST_CASE(a_request_comes_out_as_it_went_in) {
    Request request;
    request.server_name = "nfs1.example";
    request.present = Request::Present::named;
    request.identity = "web";
    request.alpn = tls::AlpnPolicy::strict;
    request.protocol = "example/1";
    request.timeout = std::chrono::milliseconds(1234);
    const auto again = agent_handshake_request(to_json(request));
    BOOST_TEST_REQUIRE(again.has_value());
    BOOST_TEST((to_json(*again) == to_json(request)));
    BOOST_TEST(again->identity == "web");
    BOOST_TEST((again->timeout == request.timeout));

    Request server;
    server.role = Request::Role::server;
    server.present = Request::Present::configured;
    server.require_client_certificate = true;
    server.alpn = tls::AlpnPolicy::none;
    const auto served = agent_handshake_request(to_json(server));
    BOOST_TEST_REQUIRE(served.has_value());
    BOOST_TEST((served->role == Request::Role::server));
    BOOST_TEST(served->require_client_certificate);
    BOOST_TEST((served->alpn == tls::AlpnPolicy::none));
}

BOOST_AUTO_TEST_CASE(what_is_left_out_has_a_default_and_what_is_unknown_is_refused) {
    const auto request = agent_handshake_request(good_request());
    BOOST_TEST_REQUIRE(request.has_value());
    BOOST_TEST((request->alpn == tls::AlpnPolicy::compatible));
    BOOST_TEST(request->protocol == "sunrpc");
    BOOST_TEST((request->timeout == std::chrono::milliseconds(10000)));

    const auto with = [](const char *key, json value) {
        json object = good_request();
        object[key] = std::move(value);
        return reason(object);
    };
    BOOST_TEST(with("verify", false) == "\"verify\": unknown member");
    BOOST_TEST(with("role", "peer") == "\"role\": neither client nor server");
    BOOST_TEST(with("role", "server") == "\"server\": only a client expects one");
    BOOST_TEST(with("server", "") == "\"server\": a client must say whom it expects");
    BOOST_TEST(with("server", std::string(256, 'a')) == "\"server\": no text, or longer than 255 octets");
    BOOST_TEST(with("present", "all") == "\"present\": unknown value");
    BOOST_TEST(with("present", "named") == "\"identity\": missing");
    BOOST_TEST(with("identity", "web") == "\"identity\": goes with \"named\" only");
    BOOST_TEST(with("require_client_certificate", true) ==
               "\"require_client_certificate\": only a server can");
    BOOST_TEST(with("alpn", 7) == "\"alpn\": no text, or longer than 32 octets");
    BOOST_TEST(with("protocol", "two words") == "\"protocol\": not printable ASCII");
    BOOST_TEST(with("timeout", 0) == "\"timeout\": no number from 1 to 60000");
    BOOST_TEST(with("timeout", -1) == "\"timeout\": no number from 1 to 60000");
    BOOST_TEST(with("timeout", 60001) == "\"timeout\": no number from 1 to 60000");
    BOOST_TEST(reason(json::array()) == "not a JSON object");
    json bad = good_request();
    bad["present"] = "named";
    bad["identity"] = "../../etc";
    BOOST_TEST(reason(bad).starts_with("\"identity\": "));
    json naked_server{{"op", "handshake"}, {"role", "server"}, {"present", "nothing"}};
    BOOST_TEST(reason(naked_server) == "\"present\": a server needs a certificate");
}

BOOST_AUTO_TEST_CASE(a_session_comes_out_as_it_went_in_with_the_peer_s_certificates) {
    const auto root = test::certify({.common_name = "root", .is_ca = true});
    const auto leaf = test::certify({.common_name = "peer", .dns_names = {"nfs1.example"}}, &root);
    AgentSession session;
    session.facts.version = "TLS 1.3";
    session.facts.cipher = "TLS_AES_256_GCM_SHA384";
    session.facts.alpn = "sunrpc";
    session.facts.peer_authenticated = true;
    session.facts.tags = {"laboratory", "laptop"};
    session.channel_binding.assign(32, std::byte{0xa5});
    for (const auto *certified : {&leaf, &root}) {
        const auto parsed = tls::parse_chain(as_bytes(certified->certificate), "test");
        session.facts.peer_chain.push_back(parsed.value().front());
    }
    const auto again = agent_session(to_json(session));
    BOOST_TEST_REQUIRE(again.has_value());
    BOOST_TEST(again->facts.peer_chain.size() == 2u);
    BOOST_TEST((again->facts.peer_chain[0].der == session.facts.peer_chain[0].der));
    BOOST_TEST(again->facts.peer_chain[0].spki_pin == session.facts.peer_chain[0].spki_pin);
    BOOST_TEST(again->facts.peer_chain[0].dns_names.at(0) == "nfs1.example");
    BOOST_TEST((again->facts.tags == session.facts.tags));
    BOOST_TEST((again->channel_binding == session.channel_binding));
}

BOOST_AUTO_TEST_CASE(an_account_of_a_session_that_makes_no_sense_is_refused) {
    AgentSession session;
    session.facts.version = "TLS 1.3";
    session.facts.cipher = "TLS_AES_128_GCM_SHA256";
    const json good = to_json(session);
    BOOST_TEST(agent_session(good).has_value());
    for (const auto &[key, value] : {std::pair<const char *, json>{"version", ""},
                                     {"cipher", 7},
                                     {"alpn", 7},
                                     {"peer_authenticated", 1},
                                     {"peer_authenticated", true}, // without a certificate
                                     {"peer_chain", "-----BEGIN CERTIFICATE-----\nAAAA\n"},
                                     {"tags", "one"},
                                     {"tags", json::array({7})},
                                     {"tags", json::array({std::string(65, 'a')})},
                                     {"tags", std::vector<std::string>(257, "a")},
                                     {"channel_binding", "abc"},
                                     {"channel_binding", "zz"},
                                     {"channel_binding", std::string(130, 'a')}}) {
        json bad = good;
        bad[key] = value;
        BOOST_TEST(agent_session(bad).error().name == "agent-answer-malformed", key);
    }
    BOOST_TEST(agent_session(json()).error().name == "agent-answer-malformed");
}

BOOST_AUTO_TEST_CASE(a_session_is_handed_on_and_the_socket_left_alone) {
    const Asked asked(session_text());
    BOOST_TEST(asked.outcome() == "done");
    BOOST_TEST(asked.report.session.facts.cipher == "TLS_AES_128_GCM_SHA256");
    BOOST_TEST(!asked.peer_saw_the_end);
    BOOST_TEST(json::parse(asked.question)["server"] == "nfs1.example");
}

BOOST_AUTO_TEST_CASE(a_refusal_leaves_the_socket_alone_and_a_failure_ends_it) {
    const std::string error = R"("error":{"stage":"config","name":"service-not-allowed","what":"no"})";
    const Asked refused("{\"ok\":false," + error + "}");
    BOOST_TEST(refused.outcome() == "service-not-allowed");
    BOOST_TEST(!refused.report.socket_ended);
    BOOST_TEST(!refused.peer_saw_the_end);
    const Asked ended("{\"ok\":false," + error + R"(,"socket":"ended"})");
    BOOST_TEST(ended.outcome() == "service-not-allowed");
    BOOST_TEST(ended.report.socket_ended);
    BOOST_TEST(ended.peer_saw_the_end);
}

BOOST_AUTO_TEST_CASE(an_agent_that_talks_nonsense_or_nothing_or_dies_ends_the_connection) {
    for (const char *answer :
         {"x", "{}", R"({"ok":true})", R"({"ok":true,"session":{}})", R"({"ok":false})", ""}) {
        const Asked asked{std::string(answer)};
        BOOST_TEST(asked.outcome() == (*answer != '\0' ? "agent-answer-malformed" : "agent-silent"), answer);
        BOOST_TEST(asked.report.socket_ended, answer);
        BOOST_TEST(asked.peer_saw_the_end, answer);
    }
}

BOOST_AUTO_TEST_CASE(a_session_that_the_kernel_knows_nothing_of_is_not_believed) {
    const Asked asked(session_text(), Error{Stage::kernel, "ktls-failed", "no keys"});
    BOOST_TEST(asked.outcome() == "ktls-failed");
    BOOST_TEST(asked.report.socket_ended);
    BOOST_TEST(asked.peer_saw_the_end);
}

BOOST_AUTO_TEST_CASE(without_an_agent_or_a_descriptor_nothing_happens) {
    const test::TemporaryDirectory directory;
    int both[2];
    BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) == 0);
    const Fd own(both[0]), peer(both[1]);
    const auto absent = agent_handshake(own.get(), {}, directory / "agent.sock");
    BOOST_TEST(absent.failure->name == "agent-absent");
    BOOST_TEST(!absent.socket_ended);
    BOOST_TEST(agent_handshake(-1, {}, directory / "agent.sock").failure->name == "socket-unsuitable");
}

BOOST_AUTO_TEST_SUITE_END()
