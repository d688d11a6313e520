// SPDX-License-Identifier: LGPL-2.1-or-later
// Clients that stall, flood or never take what they asked for: the others go on.
#include "rpc/base/text.hpp"
#include "tests/unit/octets.hpp"
#include "tests/unit/server/svc_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>

#include <chrono>

using namespace rpctls;
using namespace rpctls::test;

BOOST_AUTO_TEST_SUITE(svc_hostile)

namespace {

const std::string accepted = hex(octets("00000001 00000000 00000000 00000000 00000000"));

/// The slowest of fifty calls.
std::chrono::milliseconds slowest_call(Caller &caller) {
    using Clock = std::chrono::steady_clock;
    Clock::duration slowest{};
    for (int i = 0; i < 50; ++i) {
        const auto begun = Clock::now();
        BOOST_TEST_REQUIRE(caller.call(proc_null) == accepted);
        slowest = std::max(slowest, Clock::now() - begun);
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(slowest);
}

} // namespace

BOOST_AUTO_TEST_CASE(stalled_clients_of_every_kind_leave_the_others_alone_and_are_ended_in_time) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC, [](rpctls_params *params) {
        rpctls_params_set_handshake_timeout(params, 1000);
        rpctls_params_set_stall_timeout(params, 1000);
    });
    Caller honest(served.port());
    BOOST_TEST(honest.start_tls(served.files()) == "done");

    Caller half_a_mark(served.port());
    half_a_mark.send_clear(octets("8000"));
    Caller half_a_record(served.port());
    const auto call = call_record(proc_null);
    half_a_record.send_clear(std::span(call).first(30));
    Caller silent_after_the_token(served.port());
    BOOST_TEST(!silent_after_the_token.probe().empty());
    Caller half_a_hello(served.port());
    BOOST_TEST(!half_a_hello.probe().empty());
    half_a_hello.send_clear(octets("16030102 00010001"));
    Caller huge_mark(served.port());
    huge_mark.send_clear(octets("ffffffff 00000000"));
    BOOST_TEST(huge_mark.receive_to_end().empty());

    BOOST_TEST(slowest_call(honest).count() < 500);
    BOOST_TEST(half_a_mark.receive_to_end().empty());
    BOOST_TEST(half_a_record.receive_to_end().empty());
    BOOST_TEST(silent_after_the_token.receive_to_end().empty());
    (void)half_a_hello.receive_to_end();
    BOOST_TEST(served.logged("handshake failed: handshake-timeout"));
    BOOST_TEST(served.logged("it does not go on with its call"));
    BOOST_TEST(slowest_call(honest).count() < 500);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_take_its_replies_blocks_nobody_and_is_not_read_from) {
    for (const bool with_tls : {false, true}) {
        Served served(RPCTLS_POLICY_OPPORTUNISTIC,
                      [](rpctls_params *params) { rpctls_params_set_stall_timeout(params, 1500); });
        Caller honest(served.port());
        Caller greedy(served.port());
        if (with_tls) {
            BOOST_TEST(honest.start_tls(served.files()) == "done");
            BOOST_TEST(greedy.start_tls(served.files()) == "done");
        }
        const unsigned before = effects;
        for (int i = 0; i < 8; ++i)
            greedy.send(call_record(proc_big, number(4000000)));
        greedy.send(call_record(proc_count));
        BOOST_TEST(slowest_call(honest).count() < 500);
        BOOST_TEST(effects == before); // behind replies that were not taken
        BOOST_TEST(served.logged("it does not take its replies"));
        BOOST_TEST(effects == before);
        BOOST_TEST(honest.call(proc_null) == accepted);
    }
}

BOOST_AUTO_TEST_CASE(replies_that_are_taken_late_come_whole_and_in_order) {
    Served served(RPCTLS_POLICY_TLS);
    Caller caller(served.port());
    BOOST_TEST(caller.start_tls(served.files()) == "done");
    for (std::uint32_t i = 0; i < 4; ++i)
        caller.send(call_record(proc_big, number(4000000 + 4 * i), {}, 1, i));
    caller.send(call_record(proc_null));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    for (std::uint32_t i = 0; i < 4; ++i) {
        const auto reply = caller.receive();
        BOOST_TEST(reply.size() == 28 + 4000000 + 4 * i);
        BOOST_TEST(hex(std::span(reply).first(4)) == hex(number(i)));
    }
    BOOST_TEST(caller.answer() == accepted);
}

BOOST_AUTO_TEST_CASE(a_flood_of_calls_on_one_connection_lets_the_others_have_their_turn) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC);
    Caller flood(served.port());
    Caller honest(served.port());
    std::vector<std::byte> many;
    for (int i = 0; i < 5000; ++i) {
        const auto call = call_record(proc_null);
        many.insert(many.end(), call.begin(), call.end());
    }
    std::thread sender([&] { flood.send_clear(many); });
    BOOST_TEST(slowest_call(honest).count() < 500);
    for (int i = 0; i < 5000; ++i)
        BOOST_TEST_REQUIRE(flood.receive().size() == 24u);
    sender.join();
}

BOOST_AUTO_TEST_CASE(connections_and_unfinished_handshakes_are_limited_for_each_peer_and_given_back) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC, [](rpctls_params *params) {
        rpctls_params_set_connection_limits(params, 100, 4);
        rpctls_params_set_handshake_limit(params, 2);
    });
    {
        Caller first(served.port());
        Caller second(served.port());
        Caller third(served.port());
        for (Caller *caller : {&first, &second})
            BOOST_TEST(!caller->probe().empty());
        // A ClientHello's first octets make a handshake of it.
        first.send_clear(octets("1603010200"));
        second.send_clear(octets("1603010200"));
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        BOOST_TEST(third.start_tls(served.files()) != "done");
        BOOST_TEST(served.logged("too-many-handshakes"));
        Caller fourth(served.port());
        BOOST_TEST(fourth.call(proc_null) == accepted);
        Caller fifth(served.port());
        BOOST_TEST(fifth.call(proc_null) == accepted); // the third is gone
        Caller sixth(served.port());
        BOOST_TEST(sixth.receive_to_end().empty());
        BOOST_TEST(served.logged("too many connections of this peer"));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    for (int i = 0; i < 20; ++i) {
        Caller caller(served.port());
        BOOST_TEST(caller.start_tls(served.files()) == "done");
        BOOST_TEST(caller.call(proc_null) == accepted);
        caller.session().close();
        BOOST_TEST(caller.end_of_session() == "closed");
    }
}

BOOST_AUTO_TEST_CASE(garbage_inside_a_session_ends_that_session_only) {
    Served served(RPCTLS_POLICY_TLS);
    Caller honest(served.port());
    BOOST_TEST(honest.start_tls(served.files()) == "done");
    send_garbage(served.port(), served.files(), [&] { BOOST_TEST(honest.call(proc_null) == accepted); });
}

BOOST_AUTO_TEST_SUITE_END()
