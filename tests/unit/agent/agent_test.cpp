// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/agent/running.hpp"

#include "rpc/client/agent_control.hpp"
#include "rpc/keys/identity.hpp"

#include <boost/test/unit_test.hpp>

#include <signal.h>

using namespace rpctls;
using namespace rpctls::agent;
using kernel::AuthMode;
using kernel::MessageType;

using test::FakeKernel;
using test::FakeRequests;
using test::Running;

BOOST_AUTO_TEST_SUITE(agent_loop)

BOOST_AUTO_TEST_CASE(both_ends_of_many_mutual_handshakes_succeed_and_the_server_gets_proof) {
    Running running;
    BOOST_TEST(running.fake.joined);
    constexpr std::size_t pairs = 32;
    for (std::size_t i = 0; i < pairs; ++i) {
        test::Sockets sockets;
        running.fake.submit(running.request(std::move(sockets.ours), MessageType::server_hello, ""));
        running.fake.submit(running.request(std::move(sockets.peer), MessageType::client_hello));
    }
    BOOST_TEST(running.eventually([&] { return running.fake.done() == 2 * pairs; }));
    for (const auto &outcome : running.fake.outcomes) {
        BOOST_TEST(outcome.status == 0);
        BOOST_TEST(outcome.remote_auth == std::vector<std::int32_t>{4711});
    }
    BOOST_TEST(running.agent->records().totals().handshakes == 2 * pairs);
    BOOST_TEST(running.eventually([&] { return running.agent->in_flight() == 0; }));
}

BOOST_AUTO_TEST_CASE(stalled_peers_do_not_hold_up_an_honest_one) {
    Running running;
    std::vector<Fd> silent;
    for (int i = 0; i < 90; ++i) {
        test::Sockets sockets;
        silent.push_back(std::move(sockets.peer));
        running.fake.submit(running.request(std::move(sockets.ours), MessageType::server_hello, ""));
    }
    BOOST_TEST(running.eventually([&] { return running.agent->in_flight() == 90; }));
    test::Sockets sockets;
    running.fake.submit(running.request(std::move(sockets.ours), MessageType::server_hello, ""));
    running.fake.submit(running.request(std::move(sockets.peer), MessageType::client_hello));
    BOOST_TEST(running.eventually([&] { return running.fake.done() == 2; }));
    BOOST_TEST(running.eventually([&] { return running.agent->in_flight() == 90; }));
}

BOOST_AUTO_TEST_CASE(past_the_limit_requests_are_refused_at_once) {
    Running running(2);
    std::vector<Fd> silent;
    for (int i = 0; i < 5; ++i) {
        test::Sockets sockets;
        silent.push_back(std::move(sockets.peer));
        running.fake.submit(running.request(std::move(sockets.ours), MessageType::server_hello, ""));
    }
    BOOST_TEST(running.eventually([&] { return running.fake.done() == 3; }));
    BOOST_TEST(running.agent->in_flight() == 2u);
    BOOST_TEST(running.agent->records().totals().causes.at("agent-overloaded") == 3u);
}

BOOST_AUTO_TEST_CASE(sigterm_reports_what_is_under_way_as_failed_and_ends_in_time) {
    Running running;
    std::vector<Fd> silent;
    for (int i = 0; i < 10; ++i) {
        test::Sockets sockets;
        silent.push_back(std::move(sockets.peer));
        running.fake.submit(running.request(std::move(sockets.ours), MessageType::server_hello, ""));
    }
    BOOST_TEST(running.eventually([&] { return running.agent->in_flight() == 10; }));
    BOOST_TEST(std::filesystem::exists(running.socket()));
    const auto begun = std::chrono::steady_clock::now();
    ::kill(::getpid(), SIGTERM);
    running.thread.join();
    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(1)));
    BOOST_TEST(!running.fake.joined);
    BOOST_TEST(running.fake.done() == 10u);
    for (const auto &outcome : running.fake.outcomes)
        BOOST_TEST(outcome.status == ETIMEDOUT);
    BOOST_TEST(!std::filesystem::exists(running.socket()));
}

BOOST_AUTO_TEST_CASE(an_accept_that_fails_is_tried_again) {
    Running running;
    {
        const std::lock_guard hold(running.fake.lock);
        running.fake.refuse_accepts = 2;
    }
    test::Sockets sockets;
    running.fake.submit(running.request(std::move(sockets.ours), MessageType::server_hello, ""));
    running.fake.submit(running.request(std::move(sockets.peer), MessageType::client_hello));
    BOOST_TEST(running.eventually([&] { return running.fake.done() == 2; }));
    BOOST_TEST(running.fake.outcomes[0].status == 0);
}

BOOST_AUTO_TEST_CASE(the_control_socket_tells_status_and_the_last_failure) {
    Running running;
    test::Sockets sockets;
    running.fake.submit(running.request(std::move(sockets.ours), MessageType::server_hello, ""));
    running.fake.submit(running.request(std::move(sockets.peer), MessageType::client_hello, "other.example"));
    BOOST_TEST(running.eventually([&] { return running.fake.done() == 2; }));

    auto control = client::AgentControl::connect(running.socket());
    BOOST_TEST_REQUIRE(control.has_value());
    BOOST_TEST(running.eventually([&] { return control->status()->failures == 2; }));
    BOOST_TEST(control->status()->version == PACKAGE_VERSION);
    const auto failure = control->last_failure("other.example");
    BOOST_TEST_REQUIRE(failure.has_value());
    BOOST_TEST_REQUIRE(failure->has_value());
    BOOST_TEST((*failure)->name == "server-name-mismatch");
    BOOST_TEST(!control->last_failure("nfs9.example")->has_value());
}

BOOST_AUTO_TEST_CASE(only_one_agent_has_the_control_socket) {
    Running running;
    AgentOptions options;
    options.runtime_directory = running.host.file("run");
    FakeKernel fake;
    Agent second(options, running.log, std::make_unique<FakeRequests>(fake), running.host.snapshot(),
                 [](int, const tls::Session &) { return Status(); });
    const auto started = second.start();
    BOOST_TEST_REQUIRE(!started.has_value());
    BOOST_TEST(started.error().name == "agent-already-running");
    BOOST_TEST(!fake.joined);
    BOOST_TEST(client::AgentControl::connect(running.socket())->status().has_value());
}

BOOST_AUTO_TEST_CASE(an_identity_chosen_for_a_server_is_proved_to_it_and_an_unknown_one_is_refused,
                     *boost::unit_test::precondition([](auto) { return ::geteuid() == 0; })) {
    Running running;
    auto control = client::AgentControl::connect(running.socket());
    BOOST_TEST_REQUIRE(control.has_value());
    const auto unknown = control->use_identity("server.example", "nobody");
    BOOST_TEST_REQUIRE(!unknown.has_value());
    BOOST_TEST(unknown.error().name == "identity-unknown");

    const auto text = [&](const char *name) { return read_file(running.host.file(name)).value(); };
    const std::string key = text("client.key");
    test::must(keys::IdentityStore(running.host.file(""))
                   .add({"laptop", text("client.pem"), Secret(as_bytes(key))}));
    BOOST_TEST(control->use_identity("server.example", "laptop").has_value());
    BOOST_TEST(control->use_identity("server.example", "laptop").has_value());
    const auto conflict = control->use_identity("server.example", "desktop");
    BOOST_TEST(conflict.error().name == "identity-conflict");

    // The settings have no client identity any more; the registered one serves.
    running.host.configure(false);
    test::Sockets sockets;
    running.fake.submit(running.request(std::move(sockets.ours), MessageType::server_hello, ""));
    running.fake.submit(running.request(std::move(sockets.peer), MessageType::client_hello));
    BOOST_TEST(running.eventually([&] { return running.fake.done() == 2; }));
    for (const auto &outcome : running.fake.outcomes)
        BOOST_TEST(outcome.status == 0);

    BOOST_TEST(control->use_configuration("server.example").error().name == "identity-conflict");
    BOOST_TEST(control->use_configuration("server.example", true).has_value());
    BOOST_TEST(control->use_identity("server.example", "desktop").error().name == "identity-unknown");
}

BOOST_AUTO_TEST_CASE(too_many_control_clients_and_messages_too_large_are_dropped) {
    Running running;
    std::vector<client::AgentControl> idle;
    for (std::size_t i = 0; i < ControlServer::most_clients; ++i)
        idle.push_back(std::move(client::AgentControl::connect(running.socket()).value()));
    BOOST_TEST(
        running.eventually([&] { return !client::AgentControl::connect(running.socket())->status(); }));
    BOOST_TEST(idle.back().status().has_value()); // those inside are served
    idle.clear();
    BOOST_TEST(running.eventually(
        [&] { return client::AgentControl::connect(running.socket())->status().has_value(); }));
}

BOOST_AUTO_TEST_SUITE_END()
