// SPDX-License-Identifier: LGPL-2.1-or-later
// A Connection with real sockets and sessions: what its calls come to, whatever the server does.
#include "rpc/base/text.hpp"
#include "rpctls/connection.hpp"
#include "rpctls/xdr.hpp"
#include "tests/unit/client/clnt_fixture.hpp"

#include <algorithm>
#include <condition_variable>

using namespace rpctls;
using namespace rpctls::test;
using namespace std::chrono_literals;

namespace {

using Opened = std::unique_ptr<Connection>;

Opened open(std::uint16_t port, enum rpctls_policy policy = RPCTLS_POLICY_TLS,
            ConnectionOptions options = {}) {
    auto opened = Connection::open("127.0.0.1", test_program, test_version, *params_for(port, policy),
                                   std::move(options));
    if (!opened)
        BOOST_FAIL(summary(opened.error()));
    return std::move(*opened);
}

/// "ok", or the error's name and whether the call may have been executed.
std::string outcome(const Result<CallReply> &result) {
    if (result)
        return "ok";
    std::string text = result.error().name;
    for (const Fact &fact : result.error().facts)
        if (fact.key == "executed")
            text += " " + fact.value;
    return text;
}

std::string outcome(std::future<Result<CallReply>> future) {
    return outcome(future.get());
}

std::uint32_t number_in(const Result<CallReply> &result) {
    std::uint32_t number = 0;
    BOOST_TEST((result && decode(::xdr_u_int32_t, result->results(), number)));
    return number;
}

/// An answer whose results are the arguments, which are one number.
std::vector<std::byte> echo_of(std::span<const std::byte> call) {
    return answer_to(call, concatenated({octets(success), call.subspan(44)}));
}

std::vector<std::byte> number(std::uint32_t value) {
    return *encode(::xdr_u_int32_t, value);
}

/// One script for each connection, the last one for all further ones.
class Scripts {
public:
    explicit Scripts(std::vector<ScriptedPeer::Script> scripts)
        : peer_([this, scripts = std::move(scripts)](int fd) {
              const auto nth = static_cast<std::size_t>(connections_++);
              scripts[std::min(nth, scripts.size() - 1)](fd);
          }) {}
    std::uint16_t port() const { return peer_.port(); }
    int connections() const { return connections_; }

private:
    std::atomic<int> connections_{0};
    ScriptedPeer peer_;
};

ScriptedPeer::Script in_tls(TlsServer::Then then) {
    return [then = std::move(then)](int fd) {
        TlsPeer::offer(fd);
        TlsPeer peer(fd, authority().serving());
        if (peer.shake_hands())
            then(peer, fd);
    };
}

} // namespace

BOOST_AUTO_TEST_SUITE(connection)

BOOST_AUTO_TEST_CASE(replies_find_their_calls_in_any_order) {
    const TlsServer server([](TlsPeer &peer, int) {
        std::vector<std::vector<std::byte>> calls;
        for (int i = 0; i < 3; ++i)
            calls.push_back(read_record(peer));
        for (auto call = calls.rbegin(); call != calls.rend(); ++call)
            peer.write(echo_of(*call));
        (void)peer.read(1);
    });
    const auto made = open(server.port());
    BOOST_TEST(rpctls_session_tls_version(made->session().get()) == std::string_view("TLS 1.3"));
    std::vector<std::vector<std::byte>> arguments{number(7), number(8), number(9)};
    std::vector<std::future<Result<CallReply>>> futures;
    for (const auto &argument : arguments)
        futures.push_back(made->call(CallRequest{.procedure = 1, .arguments = {argument}}));
    for (std::uint32_t i = 0; i < 3; ++i)
        BOOST_TEST(number_in(futures[i].get()) == 7 + i);
}

BOOST_AUTO_TEST_CASE(ten_thousand_calls_from_two_threads_with_the_queue_told_to_be_full) {
    const TlsServer server(serve_echo);
    const auto made =
        open(server.port(), RPCTLS_POLICY_TLS, {.calls_in_flight = 64, .calls_outstanding = 500});
    std::atomic<int> right{0}, wrong{0}, refused{0};
    std::string first; // error, of the connection's own thread
    const auto calling = [&](std::uint32_t from) {
        for (std::uint32_t i = from; i < from + 5000; ++i) {
            const auto argument = std::make_shared<std::vector<std::byte>>(number(i));
            for (;;) {
                const auto taken = made->call(CallRequest{.procedure = 1, .arguments = {*argument}},
                                              [&, i, argument](Result<CallReply> reply) {
                                                  ++(reply && word(reply->results(), 0) == i ? right : wrong);
                                                  if (!reply && first.empty())
                                                      first = summary(reply.error());
                                              });
                if (taken)
                    break;
                if (taken.error().name != "queue-full")
                    ++wrong;
                ++refused;
                std::this_thread::yield();
            }
        }
    };
    std::thread other(calling, 5000);
    calling(0);
    other.join();
    while (made->statistics().outstanding > 0)
        std::this_thread::yield();
    BOOST_TEST(outcome(made->call(CallRequest{})) == "ok"); // behind the last callback
    BOOST_TEST(right == 10000);
    BOOST_TEST(wrong == 0, first);
    BOOST_TEST(refused > 0);
    BOOST_TEST(made->statistics().connections == 1u);
}

BOOST_AUTO_TEST_CASE(large_arguments_in_pieces_come_back_as_large_results) {
    const TlsServer server(serve_echo);
    const auto made = open(server.port());
    std::vector<std::byte> first(100004, std::byte{1}), second(1 << 20, std::byte{2});
    const auto reply = made->call(CallRequest{.procedure = 1, .arguments = {first, {}, second}}).get();
    BOOST_TEST_REQUIRE(outcome(reply) == "ok");
    BOOST_TEST((std::ranges::equal(reply->results(), concatenated({first, second}))));
    std::vector<std::byte> beyond(5 << 20);
    BOOST_TEST(outcome(made->call(CallRequest{.arguments = {beyond}})) == "call-too-large");
}

BOOST_AUTO_TEST_CASE(silence_ends_at_the_deadline_and_a_late_reply_is_dropped) {
    std::mutex wait;
    wait.lock();
    const TlsServer server([&](TlsPeer &peer, int) {
        const auto late = read_record(peer);
        wait.lock();
        peer.write(echo_of(late));
        peer.write(echo_of(read_record(peer)));
        (void)peer.read(1);
    });
    const auto made = open(server.port());
    BOOST_TEST(outcome(made->call(CallRequest{.timeout = 20ms})) == "rpc-timeout maybe");
    wait.unlock();
    BOOST_TEST(outcome(made->call(CallRequest{})) == "ok");
    BOOST_TEST(made->statistics().dropped_replies == 1u);
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_completes_once_and_one_that_waits_was_not_executed) {
    std::mutex wait;
    wait.lock();
    const TlsServer server([&](TlsPeer &peer, int fd) {
        wait.lock();
        serve_echo(peer, fd);
    });
    const auto made = open(server.port(), RPCTLS_POLICY_TLS, {.calls_in_flight = 1});
    CallId first{}, second{};
    auto sent = made->call(CallRequest{}, &first), waits = made->call(CallRequest{}, &second);
    made->cancel(second);
    BOOST_TEST(outcome(std::move(waits)) == "call-cancelled no");
    made->cancel(first);
    BOOST_TEST(outcome(std::move(sent)) == "call-cancelled maybe");
    wait.unlock();
    made->cancel(first);
    BOOST_TEST(outcome(made->call(CallRequest{})) == "ok");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_11_an_end_in_mid_reply_fails_what_was_sent_and_spares_what_was_not) {
    const Scripts server({in_tls([](TlsPeer &peer, int) {
                              peer.write(echo_of(read_record(peer)));
                              const auto reply = echo_of(read_record(peer));
                              peer.write(std::span(reply).first(10));
                          }),
                          in_tls(serve_echo)});
    const auto made = open(server.port(), RPCTLS_POLICY_TLS, {.calls_in_flight = 1});
    BOOST_TEST(outcome(made->call(CallRequest{})) == "ok");
    auto cut = made->call(CallRequest{}), spared = made->call(CallRequest{});
    BOOST_TEST(outcome(std::move(cut)) == "session-truncated maybe");
    BOOST_TEST(outcome(std::move(spared)) == "ok");
    BOOST_TEST(server.connections() == 2);
    BOOST_TEST(made->statistics().connections == 2u);
}

BOOST_AUTO_TEST_CASE(a_broken_record_ends_the_connection_and_the_next_call_makes_another) {
    for (const auto &[broken, name] : {std::pair{"ffffffff 00000000", "record-too-large maybe"},
                                       {"80000000", "record-empty maybe"},
                                       {"80000008 00000000 00000007", "reply-malformed maybe"}}) {
        const Scripts server({in_tls([bad = octets(broken)](TlsPeer &peer, int) {
                                  (void)read_record(peer);
                                  peer.write(bad);
                                  (void)peer.read(1);
                              }),
                              in_tls(serve_echo)});
        const auto made = open(server.port());
        BOOST_TEST(outcome(made->call(CallRequest{})) == name);
        BOOST_TEST(outcome(made->call(CallRequest{})) == "ok");
    }
}

BOOST_AUTO_TEST_CASE(R_5_1_1_13_no_call_follows_a_server_that_offers_no_TLS_any_more) {
    for (const auto policy : {RPCTLS_POLICY_TLS, RPCTLS_POLICY_MTLS, RPCTLS_POLICY_OPPORTUNISTIC}) {
        Witness witness;
        std::vector<std::byte> secret = number(0x5ec4e7);
        {
            const Scripts server({in_tls([](TlsPeer &peer, int) { (void)peer.answer(); }), [&](int fd) {
                                      const auto probe = read_octets(fd, probe_size);
                                      write_octets(fd, answer_to(probe, octets(no_token)));
                                      witness.saw(read_to_end(fd));
                                  }});
            const auto made = open(server.port(), policy);
            BOOST_TEST(outcome(made->call(CallRequest{})) == "ok");
            while (outcome(made->call(CallRequest{.procedure = 1, .arguments = {secret}})) !=
                   "tls-not-offered no")
                BOOST_TEST_REQUIRE(server.connections() <= 2);
        }
        for (const auto &seen : witness.seen())
            BOOST_TEST(seen.empty());
    }
}

BOOST_AUTO_TEST_CASE(R_4_2_5_a_late_verdict_on_the_certificate_fails_the_calls_and_none_is_tried_again) {
    const TlsServer server(serve_echo, authority().serving(tls::ClientCertificate::required));
    const auto made = open(server.port());
    auto first = made->call(CallRequest{}), second = made->call(CallRequest{});
    BOOST_TEST(first.get().error().name == "client-certificate-required");
    BOOST_TEST(second.get().error().name == "client-certificate-required");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_10_destruction_completes_every_call_once_and_ends_with_close_notify) {
    std::promise<std::string> end;
    const TlsServer server([&](TlsPeer &peer, int fd) {
        (void)read_record(peer);
        (void)read_record(peer);
        client::wait_readable(fd, Deadline::after(5s));
        std::byte octet;
        const auto got = peer.session().receive({&octet, 1});
        end.set_value(!got ? got.error().name : *got && **got == 0 ? "close_notify" : "octets");
    });
    auto made = open(server.port(), RPCTLS_POLICY_TLS, {.calls_in_flight = 2});
    std::vector<std::string> outcomes;
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(made->call(CallRequest{},
                              [&](Result<CallReply> result) {
                                  outcomes.push_back(outcome(result));
                                  BOOST_TEST(
                                      made->call(CallRequest{}, [](Result<CallReply>) {}).error().name ==
                                      "connection-closed");
                              })
                       .has_value());
    // The two are on their way when a third has waited for its turn in vain.
    BOOST_TEST(outcome(made->call(CallRequest{.timeout = 200ms})) == "rpc-timeout no");
    Connection *raw = made.get();
    raw->~Connection();
    ::operator delete(made.release());
    std::ranges::sort(outcomes);
    BOOST_TEST(outcomes == (std::vector<std::string>{"connection-closed maybe", "connection-closed maybe",
                                                     "connection-closed no"}),
               boost::test_tools::per_element());
    BOOST_TEST(end.get_future().get() == "close_notify");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_9_calls_of_the_server_are_answered_in_the_same_session) {
    const auto back = octets("8000002c 00000042 00000000 00000002 20000055 00000001 00000003"
                             "00000000 00000000 00000000 00000000 0000002a");
    for (const bool handled : {false, true}) {
        std::promise<std::string> answer;
        const TlsServer server([&](TlsPeer &peer, int) {
            const auto call = read_record(peer);
            peer.write(back);
            const auto got = read_record(peer);
            answer.set_value(hex(std::span(got).subspan(4)));
            peer.write(echo_of(call));
            (void)peer.read(1);
        });
        ConnectionOptions options;
        if (handled)
            options.reverse = [](const ReverseCall &call) {
                return ReverseAnswer{.results = {call.arguments.begin(), call.arguments.end()}};
            };
        const auto made = open(server.port(), RPCTLS_POLICY_TLS, std::move(options));
        BOOST_TEST(outcome(made->call(CallRequest{})) == "ok");
        BOOST_TEST(answer.get_future().get() == (handled
                                                     ? "000000420000000100000000000000000000000000000000"
                                                       "0000002a"
                                                     : "000000420000000100000000000000000000000000000001"));
        BOOST_TEST(made->statistics().reverse_calls == 1u);
        BOOST_TEST(server.connections() == 1);
    }
}

BOOST_AUTO_TEST_CASE(what_a_server_refuses_is_told_by_name_and_the_connection_goes_on) {
    const std::pair<std::string_view, std::string> answers[] = {
        {denied, "rpc-denied"},
        {"00000001 00000000 00000000 00000000 00000001", "program-unavailable"},
        {"00000001 00000000 00000000 00000000 00000002 00000001 00000002", "version-mismatch"},
        {"00000001 00000000 00000000 00000000 00000003", "procedure-unavailable"},
        {"00000001 00000000 00000000 00000000 00000004", "arguments-undecodable"},
        {"00000001 00000000 00000000 00000000 00000005", "rpc-failed"}};
    const TlsServer server([&](TlsPeer &peer, int) {
        for (const auto &answer : answers)
            (void)peer.answer(answer.first);
        (void)peer.read(1);
    });
    const auto made = open(server.port());
    for (const auto &answer : answers)
        BOOST_TEST(outcome(made->call(CallRequest{})) == answer.second);
    BOOST_TEST(made->statistics().connections == 1u);
}

BOOST_AUTO_TEST_CASE(a_claim_of_AUTH_SYS_has_its_bounds) {
    const auto made = make_credential({.machine = "here", .uid = 10, .gid = 20, .gids = {30, 40}});
    BOOST_TEST(made->flavor == 1u);
    BOOST_TEST(hex(made->body) == "0000000000000004686572650000000a00000014000000020000001e00000028");
    BOOST_TEST(make_credential({.machine = std::string(256, 'x')}).error().name == "credential-invalid");
    BOOST_TEST(make_credential({.gids = std::vector<std::uint32_t>(17)}).error().name ==
               "credential-invalid");
}

BOOST_AUTO_TEST_SUITE_END()
