// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/control_receive.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/tls/transport.hpp"
#include "tests/unit/agent/service_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <poll.h>
#include <signal.h>

using namespace rpctls;
using namespace rpctls::test;
using Present = AgentHandshakeRequest::Present;

namespace {

std::string name_of(const AgentHandshakeReport &report) {
    return report.failure ? report.failure->name : "done";
}

bool readable(int fd, int milliseconds) {
    pollfd entry{fd, POLLIN, 0};
    return ::poll(&entry, 1, milliseconds) == 1;
}

boost::test_tools::assertion_result is_root(boost::unit_test::test_unit_id) {
    return ::geteuid() == 0;
}

} // namespace

// Other users' requests can be made by root alone.
BOOST_AUTO_TEST_SUITE(service, *boost::unit_test::precondition(is_root))

BOOST_AUTO_TEST_CASE(both_ends_get_a_session_and_the_peer_s_identity_and_keep_their_sockets) {
    Served served;
    Sockets sockets = tcp_sockets();
    auto server = served.ask_aside(sockets.peer.get(), as_server(true));
    const auto client = served.ask(sockets.ours.get(), as_client(Present::configured));
    const auto accepted = server.get();
    BOOST_TEST_REQUIRE(name_of(client) == "done");
    BOOST_TEST_REQUIRE(name_of(accepted) == "done");
    BOOST_TEST(client.session.facts.peer_authenticated);
    BOOST_TEST(client.session.facts.certificate_sent);
    BOOST_TEST(client.session.facts.peer_chain.front().dns_names.front() == "server.example");
    BOOST_TEST(accepted.session.facts.peer_authenticated);
    BOOST_TEST(accepted.session.facts.peer_chain.front().subject == "CN=client");
    BOOST_TEST(accepted.session.facts.peer_chain.front().spki_pin.size() == 64u);
    BOOST_TEST((accepted.session.facts.alpn == "sunrpc"));
    BOOST_TEST(client.session.channel_binding.size() == 32u);
    BOOST_TEST((client.session.channel_binding == accepted.session.channel_binding));
    BOOST_TEST((::fcntl(sockets.ours.get(), F_GETFL) & O_NONBLOCK) == 0);
    // The kernel stands still here, so what is sent is what arrives.
    BOOST_TEST(::send(sockets.ours.get(), "call", 4, 0) == 4);
    char room[8];
    BOOST_TEST(::recv(sockets.peer.get(), room, sizeof room, 0) == 4);
    BOOST_TEST(served.logged("for uid 0 (pid "));
    BOOST_TEST(served.agent->records().totals().handshakes == 2u);
    BOOST_TEST(served.fake.done() == 0u); // nothing of this is the kernel's business
}

BOOST_AUTO_TEST_CASE(a_server_that_requires_a_certificate_refuses_a_client_without_one) {
    Served served;
    Sockets sockets = tcp_sockets();
    auto server = served.ask_aside(sockets.peer.get(), as_server(true));
    (void)served.ask(sockets.ours.get(), as_client(Present::nothing));
    const auto refused = server.get();
    BOOST_TEST(name_of(refused) == "certificate-missing");
    BOOST_TEST(refused.socket_ended);
}

BOOST_AUTO_TEST_CASE(another_application_protocol_and_none_at_all_are_agreed_on) {
    Served served;
    for (const auto policy : {tls::AlpnPolicy::strict, tls::AlpnPolicy::none}) {
        Sockets sockets = tcp_sockets();
        auto own = as_client(Present::nothing), other = as_server();
        own.alpn = other.alpn = policy;
        own.protocol = other.protocol = "example/1";
        auto server = served.ask_aside(sockets.peer.get(), other);
        const auto client = served.ask(sockets.ours.get(), own);
        BOOST_TEST(name_of(client) == "done");
        BOOST_TEST(name_of(server.get()) == "done");
        BOOST_TEST(client.session.facts.alpn.value_or("none") ==
                   (policy == tls::AlpnPolicy::strict ? "example/1" : "none"));
    }
}

BOOST_AUTO_TEST_CASE(whom_the_policy_does_not_name_is_refused_before_an_octet_is_said) {
    Served served("[service.a]\nusers=1000\nidentity=none\n");
    const auto refused = [&](uid_t uid, const AgentHandshakeRequest &request) {
        Sockets sockets = tcp_sockets();
        const auto report = served.ask_as(uid, sockets.ours.get(), request);
        BOOST_TEST(!report.socket_ended);
        BOOST_TEST(!readable(sockets.peer.get(), 20));
        return name_of(report);
    };
    BOOST_TEST(refused(1001, as_client(Present::nothing)) == "service-not-allowed");
    BOOST_TEST(refused(1000, as_client(Present::configured)) == "service-not-allowed");
    BOOST_TEST(refused(1000, as_server()) == "service-not-allowed");
    BOOST_TEST(served.logged("for uid 1001 (pid "));

    Sockets sockets = tcp_sockets();
    auto server = served.ask_aside(sockets.peer.get(), as_server());
    BOOST_TEST(name_of(served.ask_as(1000, sockets.ours.get(), as_client(Present::nothing))) == "done");
    BOOST_TEST(name_of(server.get()) == "done");
}

BOOST_AUTO_TEST_CASE(a_named_identity_serves_both_roles_and_is_loaded_with_the_settings) {
    Served served;
    const auto text = [&](const char *name) { return read_file(served.host.file(name)).value(); };
    const keys::IdentityStore store(served.host.file(""));
    must(store.add({"web", text("server.pem"), Secret(as_bytes(text("server.key")))}));
    served.host.write("rpctls.conf", as_bytes(text("rpctls.conf") + "[service.a]\nusers=1000\nroles=server\n"
                                                                    "identity=web,lost\n"));
    ::kill(::getpid(), SIGHUP);
    BOOST_TEST(served.eventually([&] { return served.logged("keeping the old settings"); }));
    // No signal: the identity that was missing is waited for like any file.
    must(store.add({"lost", text("client.pem"), Secret(as_bytes(text("client.key")))}));

    auto request = as_server();
    request.present = Present::named;
    request.identity = "web";
    const Sockets unsuitable; // refused for that, once the policy lets them pass
    BOOST_TEST(served.eventually(
        [&] { return name_of(served.ask_as(1000, unsuitable.ours.get(), request)) == "socket-unsuitable"; }));
    Sockets sockets = tcp_sockets();
    auto client = served.ask_aside(sockets.ours.get(), as_client(Present::nothing));
    BOOST_TEST(name_of(served.ask_as(1000, sockets.peer.get(), request)) == "done");
    BOOST_TEST(name_of(client.get()) == "done");
}

BOOST_AUTO_TEST_CASE(only_one_connected_TCP_socket_is_taken_and_all_descriptors_are_closed) {
    Served served;
    const std::string text = Served::text_of(as_client(Present::nothing));
    const auto refused = [&](const std::vector<int> &descriptors, const std::string &message) {
        const auto answer = served.raw(message, descriptors);
        BOOST_TEST(!answer.contains("socket"));
        return answer.is_object() ? answer["error"]["name"].get<std::string>() : "hung up";
    };
    Sockets tcp = tcp_sockets();
    const Sockets local;
    const Fd unconnected(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const Fd udp(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const Fd file(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const int good = tcp.ours.get();
    const auto before = open_descriptors();
    BOOST_TEST(refused({}, text) == "socket-unsuitable");
    BOOST_TEST(refused({good, good}, text) == "socket-unsuitable");
    BOOST_TEST(refused(std::vector<int>(200, good), text) == "socket-unsuitable");
    for (const int unsuitable : {local.ours.get(), unconnected.get(), udp.get(), file.get()})
        BOOST_TEST(refused({unsuitable}, text) == "socket-unsuitable");
    BOOST_TEST(refused({good}, "{}") == "control-request-invalid");
    BOOST_TEST(refused({good, good}, R"({"op":"status"})") == "control-request-invalid");
    BOOST_TEST(refused({good}, std::string(70000, ' ')) == "hung up");
    tcp.peer.reset();
    BOOST_TEST(readable(good, 1000));
    BOOST_TEST(refused({good}, text) == "socket-unsuitable");
    BOOST_TEST(served.eventually([&] { return open_descriptors() <= before - 1; }));
}

BOOST_AUTO_TEST_CASE(R_4_1_18_a_failed_handshake_ends_the_connection_so_that_nothing_is_sent_in_clear) {
    Served served;
    Sockets sockets = tcp_sockets();
    BOOST_TEST(::send(sockets.peer.get(), "no TLS at all, but long enough", 30, 0) == 30);
    const auto report = served.ask(sockets.ours.get(), as_client(Present::nothing));
    BOOST_TEST(name_of(report) == "not-tls");
    BOOST_TEST(report.socket_ended);
    BOOST_TEST(::send(sockets.ours.get(), "secret", 6, MSG_NOSIGNAL) == -1);
}

BOOST_AUTO_TEST_CASE(a_caller_that_writes_while_the_agent_shakes_hands_gets_no_session_of_it) {
    Served served;
    Sockets sockets = tcp_sockets();
    auto client = served.ask_aside(sockets.ours.get(), as_client(Present::nothing));
    BOOST_TEST(readable(sockets.peer.get(), 5000)); // the ClientHello
    BOOST_TEST(::send(sockets.ours.get(), "in between", 10, MSG_NOSIGNAL) == 10);
    const auto server = served.ask(sockets.peer.get(), as_server());
    BOOST_TEST(server.failure.has_value());
    BOOST_TEST(server.socket_ended);
    (void)client.get(); // a TLS 1.3 client may have been done before; its connection is at its end either way
    char room[4096];
    ssize_t got = 1;
    while (got > 0 && readable(sockets.ours.get(), 5000))
        got = ::recv(sockets.ours.get(), room, sizeof room, MSG_DONTWAIT);
    BOOST_TEST(got <= 0);
}

BOOST_AUTO_TEST_CASE(without_TLS_in_the_kernel_the_peer_sees_no_octet_and_the_socket_stays_as_it_is) {
    Served served(
        "", [](int) -> Status { return system_error(Stage::kernel, "ktls-unavailable", "no kTLS", ENOENT); });
    Sockets sockets = tcp_sockets();
    const auto report = served.ask(sockets.ours.get(), as_client(Present::nothing));
    BOOST_TEST(name_of(report) == "ktls-unavailable");
    BOOST_TEST(!report.socket_ended);
    BOOST_TEST(!readable(sockets.peer.get(), 20));
    BOOST_TEST(::send(sockets.ours.get(), "x", 1, MSG_NOSIGNAL) == 1);
    BOOST_TEST(readable(sockets.peer.get(), 1000));
}

BOOST_AUTO_TEST_CASE(a_deadline_of_the_caller_s_is_kept) {
    Served served;
    Sockets sockets = tcp_sockets();
    auto request = as_client(Present::nothing);
    request.timeout = std::chrono::milliseconds(60);
    const auto begun = std::chrono::steady_clock::now();
    BOOST_TEST(name_of(served.ask(sockets.ours.get(), request)) == "handshake-timeout");
    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(2)));
}

BOOST_AUTO_TEST_CASE(who_asks_and_goes_away_takes_the_connection_along) {
    Served served;
    const std::string text = Served::text_of(as_client(Present::nothing));
    for (const bool speaks : {false, true}) {
        Sockets sockets = tcp_sockets();
        Fd connection = served.send_raw(text, {sockets.ours.get()});
        BOOST_TEST(served.eventually([&] { return served.agent->in_flight() == 1; }));
        if (speaks) // a second request before the first is answered
            BOOST_TEST(::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL) > 0);
        else
            connection.reset();
        BOOST_TEST(served.eventually([&] { return served.agent->in_flight() == 0; }));
        char room[4096];
        ssize_t got = 0;
        do // the ClientHello, then the end
            got = ::recv(sockets.peer.get(), room, sizeof room, 0);
        while (got > 0);
        BOOST_TEST(got == 0);
    }
}

BOOST_AUTO_TEST_CASE(an_agent_that_ends_leaves_no_caller_waiting) {
    Served served;
    Sockets sockets = tcp_sockets();
    auto asked = served.ask_aside(sockets.ours.get(), as_client(Present::nothing));
    BOOST_TEST(served.eventually([&] { return served.agent->in_flight() == 1; }));
    served.stop();
    const auto report = asked.get();
    BOOST_TEST(report.failure.has_value());
    BOOST_TEST(report.socket_ended);
}

BOOST_AUTO_TEST_CASE(one_user_has_a_limited_number_under_way) {
    Served served("[service]\nmost_per_user=2\n[service.a]\nusers=1000,1001\n");
    const std::string text = Served::text_of(as_client(Present::nothing));
    std::vector<Sockets> sockets;
    std::vector<Fd> connections;
    for (int i = 0; i < 2; ++i) {
        const AsUser user(1000);
        sockets.push_back(tcp_sockets());
        connections.push_back(served.send_raw(text, {sockets.back().ours.get()}));
    }
    BOOST_TEST(served.eventually([&] { return served.agent->in_flight() == 2; }));
    Sockets more = tcp_sockets();
    BOOST_TEST(name_of(served.ask_as(1000, more.ours.get(), as_client(Present::nothing))) ==
               "agent-overloaded");
    auto other = as_client(Present::nothing);
    other.timeout = std::chrono::milliseconds(50);
    BOOST_TEST(name_of(served.ask_as(1001, more.ours.get(), other)) == "handshake-timeout");
    connections.clear();
    BOOST_TEST(served.eventually([&] { return served.agent->in_flight() == 0; }));
    Sockets again = tcp_sockets();
    BOOST_TEST(name_of(served.ask_as(1000, again.ours.get(), other)) == "handshake-timeout");
}

BOOST_AUTO_TEST_CASE(users_cannot_keep_root_from_the_control_socket) {
    Served served;
    std::vector<client::AgentControl> idle;
    const auto connect = [&](uid_t uid, unsigned count) {
        const AsUser user(uid);
        for (unsigned i = 0; i < count; ++i)
            idle.push_back(std::move(client::AgentControl::connect(served.socket()).value()));
    };
    const auto answers = [&] { return idle.back().status().has_value(); };
    connect(1000, 8);
    BOOST_TEST(answers());
    connect(1000, 8);
    BOOST_TEST(!answers());
    for (uid_t uid = 1001; uid < 1005; ++uid)
        connect(uid, 6);
    BOOST_TEST(!answers());
    BOOST_TEST(client::AgentControl::connect(served.socket())->status().has_value());
}

BOOST_AUTO_TEST_CASE(a_socket_left_to_linger_holds_up_nobody) {
    Served served;
    Sockets sockets = lingering_sockets(60);
    Fd connection = served.send_raw(Served::text_of(as_client(Present::nothing)), {sockets.ours.get()});
    BOOST_TEST(served.eventually([&] { return served.agent->in_flight() == 1; }));
    sockets.ours.reset(); // from here on the agent's is the last one
    connection.reset();
    BOOST_TEST(served.eventually([&] { return served.agent->in_flight() == 0; }));
    const auto begun = std::chrono::steady_clock::now();
    BOOST_TEST(client::AgentControl::connect(served.socket())->status().has_value());
    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(1)));
    sockets.peer.reset();
}

BOOST_AUTO_TEST_CASE(descriptors_that_nobody_asked_for_are_closed_without_waiting) {
    for (const bool received : {false, true}) {
        Sockets local;
        const int kind = SOCK_SEQPACKET | SOCK_CLOEXEC;
        int both[2];
        BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, kind, 0, both) == 0);
        local.ours = Fd(both[0]);
        local.peer = Fd(both[1]);
        Sockets sockets = lingering_sockets(3);
        send_descriptors(local.peer.get(), "x", {sockets.ours.get()});
        sockets.ours.reset(); // the one on its way is the last
        const auto begun = std::chrono::steady_clock::now();
        if (received)
            BOOST_TEST(agent::receive_control_message(local.ours.get()).descriptors.size() == 1u);
        else
            agent::drop_unread(local.ours.get());
        local.ours.reset();
        BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(2)));
    }
}

BOOST_AUTO_TEST_CASE(a_handshake_that_ends_within_the_agent_s_last_moments_is_answered) {
    Served served;
    Sockets sockets = tcp_sockets();
    auto asked = served.ask_aside(sockets.ours.get(), as_client(Present::nothing));
    BOOST_TEST(served.eventually([&] { return served.agent->in_flight() == 1; }));
    auto stopped = std::async(std::launch::async, [&] { served.stop(); });
    BOOST_TEST(served.eventually([&] { return !std::filesystem::exists(served.socket()); }));
    tls::SocketTransport transport(sockets.peer.get());
    const auto snapshot = served.host.snapshot();
    tls::Session server = server_session(snapshot->server().value(), transport);
    const auto deadline = Deadline::after(std::chrono::seconds(5));
    while (*server.handshake() != tls::Session::Progress::done && !deadline.passed()) {
    }
    BOOST_TEST(name_of(asked.get()) == "done");
    stopped.get();
}

BOOST_AUTO_TEST_SUITE_END()
