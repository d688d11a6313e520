// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/agent_control.hpp"

#include "tests/unit/client/fake_agent.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::client;
using rpctls::test::FakeAgent;

BOOST_AUTO_TEST_SUITE(agent_control)

namespace {

std::string status_error(std::optional<std::string> answer) {
    const test::TemporaryDirectory directory;
    const FakeAgent agent(directory / "agent.sock", std::move(answer));
    auto control = AgentControl::connect(directory / "agent.sock");
    BOOST_TEST_REQUIRE(control.has_value());
    const auto status = control->status();
    return status ? "none" : status.error().name;
}

} // namespace

BOOST_AUTO_TEST_CASE(nobody_on_the_socket_is_an_absent_agent) {
    const test::TemporaryDirectory directory;
    const auto control = AgentControl::connect(directory / "agent.sock");
    BOOST_TEST_REQUIRE(!control.has_value());
    BOOST_TEST(control.error().name == "agent-absent");
    BOOST_TEST((control.error().stage == Stage::kernel));
}

BOOST_AUTO_TEST_CASE(the_status_is_read) {
    const test::TemporaryDirectory directory;
    const FakeAgent agent(directory / "agent.sock",
                          R"({"ok":true,"version":"0.1.0","handshakes":7,"failures":2,"in_flight":1})");
    auto control = AgentControl::connect(directory / "agent.sock");
    BOOST_TEST_REQUIRE(control.has_value());
    for (int i = 0; i < 2; ++i) { // the second request opens a connection of its own
        const auto status = control->status();
        BOOST_TEST_REQUIRE(status.has_value());
        BOOST_TEST(status->version == "0.1.0");
        BOOST_TEST(status->handshakes == 7u);
        BOOST_TEST(status->failures == 2u);
        BOOST_TEST(status->in_flight == 1u);
    }
    BOOST_TEST(agent.asked() == R"({"op":"status"})");
}

BOOST_AUTO_TEST_CASE(an_identity_is_asked_for_by_name_and_a_refusal_comes_through) {
    const test::TemporaryDirectory directory;
    const FakeAgent agent(
        directory / "agent.sock",
        R"({"ok":false,"error":{"stage":"keyring","name":"identity-unknown","what":"no","facts":{},"hint":"","errno":0}})");
    auto control = AgentControl::connect(directory / "agent.sock");
    const auto used = control->use_identity("nfs1.example", "alice", true);
    BOOST_TEST_REQUIRE(!used.has_value());
    BOOST_TEST(used.error().name == "identity-unknown");
    BOOST_TEST(agent.asked() ==
               R"({"identity":"alice","op":"use-identity","replace":true,"server":"nfs1.example"})");
}

BOOST_AUTO_TEST_CASE(the_last_failure_is_an_error_or_nothing) {
    const test::TemporaryDirectory directory;
    {
        const FakeAgent agent(directory / "a", R"({"ok":true,"failure":null})");
        BOOST_TEST(!AgentControl::connect(directory / "a")->last_failure("s").value().has_value());
    }
    const FakeAgent agent(directory / "b",
                          R"({"ok":true,"failure":{"stage":"verify","name":"ca-not-trusted","what":"x"}})");
    const auto failure = AgentControl::connect(directory / "b")->last_failure("s");
    BOOST_TEST_REQUIRE((failure.has_value() && failure->has_value()));
    BOOST_TEST((**failure).name == "ca-not-trusted");
}

BOOST_AUTO_TEST_CASE(an_answer_that_makes_no_sense_is_an_error_and_no_more) {
    for (const char *answer :
         {"x", "{", "null", "[]", "{}", R"({"ok":1})", R"({"ok":false})", R"({"ok":false,"error":7})",
          R"({"ok":true})", R"({"ok":true,"version":1,"handshakes":1,"failures":1,"in_flight":1})",
          R"({"ok":true,"version":"1","handshakes":-1,"failures":1,"in_flight":1})"})
        BOOST_TEST(status_error(answer) == "agent-answer-malformed", answer);
    BOOST_TEST(status_error(std::string(largest_agent_message - 1, '[')) == "agent-answer-malformed");
    BOOST_TEST(status_error(std::string(largest_agent_message + 1, ' ')) == "agent-answer-malformed");
}

BOOST_AUTO_TEST_CASE(a_silent_agent_is_not_waited_for_long) {
    const auto start = std::chrono::steady_clock::now();
    BOOST_TEST(status_error(std::nullopt) == "agent-silent");
    BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(10)));
}

BOOST_AUTO_TEST_SUITE_END()
