// SPDX-License-Identifier: LGPL-2.1-or-later
// Clients of a Server that stall, flood or never take what they asked for: the others are served meanwhile.
#include "rpc/base/text.hpp"
#include "tests/unit/octets.hpp"
#include "tests/unit/server/server_fixture.hpp"

#include <malloc.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif
#endif

using namespace rpctls;
using namespace rpctls::test;

BOOST_AUTO_TEST_SUITE(cxx_server_hostile)

namespace {

const std::string accepted = hex(octets("00000001 00000000 00000000 00000000 00000000"));

void check_served(Caller &caller) {
    for (int i = 0; i < 20; ++i)
        BOOST_TEST_REQUIRE(caller.call(face_echo, number(7)) == accepted + hex(number(7)));
}

/// KiB that are allocated now, by whomever. Not what is resident: a sanitizer keeps what was freed for a while.
std::size_t allocated() {
#ifdef SANITIZED
    return __sanitizer_get_current_allocated_bytes() / 1024;
#else
    const auto use = ::mallinfo2();
    return (use.uordblks + use.hblkhd) / 1024;
#endif
}

} // namespace

BOOST_AUTO_TEST_CASE(stalled_clients_of_every_kind_leave_the_others_alone_and_are_ended_in_time) {
    FaceServer served(RPCTLS_POLICY_OPPORTUNISTIC, [](rpctls_params *params) {
        rpctls_params_set_handshake_timeout(params, 400);
        rpctls_params_set_stall_timeout(params, 400);
    });
    Caller honest(served.port());
    BOOST_TEST(honest.start_tls(served.files) == "done");
    Caller half_a_mark(served.port()), half_a_record(served.port()), silent(served.port());
    half_a_mark.send_clear(octets("8000"));
    const auto call = call_record(proc_null);
    half_a_record.send_clear(std::span(call).first(30));
    BOOST_TEST(!silent.probe().empty());
    Caller half_a_hello(served.port());
    BOOST_TEST(!half_a_hello.probe().empty());
    half_a_hello.send_clear(octets("16030102 00010001"));
    Caller huge_mark(served.port());
    huge_mark.send_clear(octets("ffffffff 00000000"));
    BOOST_TEST(huge_mark.receive_to_end().empty());
    Caller no_probe(served.port());
    no_probe.send_clear(octets("16030100 c8010000 c40303"));
    BOOST_TEST(no_probe.receive_to_end().empty());
    check_served(honest);
    for (Caller *stalled : {&half_a_mark, &half_a_record, &silent})
        BOOST_TEST(stalled->receive_to_end().empty());
    (void)half_a_hello.receive_to_end();
    BOOST_TEST(served.logged("handshake failed: handshake-timeout"));
    BOOST_TEST(served.logged("it does not go on with its call"));
    check_served(honest);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_take_its_replies_is_not_read_from_and_ended) {
    for (const bool with_tls : {false, true}) {
        FaceServer served(RPCTLS_POLICY_OPPORTUNISTIC,
                          [](rpctls_params *params) { rpctls_params_set_stall_timeout(params, 400); });
        Caller honest(served.port()), greedy(served.port());
        if (with_tls) {
            BOOST_TEST(honest.start_tls(served.files) == "done");
            BOOST_TEST(greedy.start_tls(served.files) == "done");
        }
        for (int i = 0; i < 20; ++i)
            greedy.send(call_record(face_big, number(4000000)));
        greedy.send(call_record(face_count));
        check_served(honest);
        BOOST_TEST(served.logged("it does not take its replies"));
        BOOST_TEST(served.count == 0u);
        check_served(honest);
    }
}

BOOST_AUTO_TEST_CASE(no_more_calls_are_taken_than_may_be_in_progress_until_some_are_answered) {
    FaceServer served(RPCTLS_POLICY_TLS, {},
                      {.io_threads = 1, .handshake_threads = 1, .calls_per_connection = 4});
    Caller caller(served.port()), honest(served.port());
    BOOST_TEST(caller.start_tls(served.files) == "done");
    BOOST_TEST(honest.start_tls(served.files) == "done");
    for (int i = 0; i < 6; ++i)
        caller.send(call_record(face_keep));
    auto kept = served.take_kept(4);
    check_served(honest);
    BOOST_TEST(served.kept() == 0u);
    for (Call &call : kept)
        call.reply();
    for (int i = 0; i < 4; ++i)
        BOOST_TEST(caller.answer() == accepted);
    BOOST_TEST(served.take_kept(2).size() == 2u);
}

BOOST_AUTO_TEST_CASE(large_replies_that_are_taken_late_come_whole_and_in_order) {
    FaceServer served(RPCTLS_POLICY_TLS);
    Caller caller(served.port());
    BOOST_TEST(caller.start_tls(served.files) == "done");
    for (std::uint32_t i = 0; i < 4; ++i)
        caller.send(call_record(face_big, number(4000000 + 4 * i), {}, 1, i));
    caller.send(call_record(face_echo, number(9)));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    for (std::uint32_t i = 0; i < 4; ++i) {
        const auto reply = caller.receive();
        BOOST_TEST(reply.size() == 24 + 4000000 + 4 * i);
        BOOST_TEST(hex(std::span(reply).first(4)) == hex(number(i)));
    }
    BOOST_TEST(caller.answer() == accepted + hex(number(9)));
}

BOOST_AUTO_TEST_CASE(connections_and_unfinished_handshakes_are_limited_and_given_back) {
    FaceServer served(RPCTLS_POLICY_OPPORTUNISTIC, [](rpctls_params *params) {
        rpctls_params_set_connection_limits(params, 100, 4);
        rpctls_params_set_handshake_limit(params, 2);
    });
    {
        Caller first(served.port()), second(served.port()), third(served.port());
        for (Caller *caller : {&first, &second}) {
            BOOST_TEST(!caller->probe().empty());
            caller->send_clear(octets("1603010200")); // makes a handshake of it
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        BOOST_TEST(third.start_tls(served.files) != "done");
        BOOST_TEST(served.logged("too-many-handshakes"));
        BOOST_TEST(served.eventually([&] { return served.server->connections() == 2; }));
        Caller fourth(served.port()), fifth(served.port());
        BOOST_TEST(fourth.call(proc_null) == accepted);
        BOOST_TEST(fifth.call(proc_null) == accepted);
        Caller sixth(served.port());
        BOOST_TEST(sixth.receive_to_end().empty());
        BOOST_TEST(served.logged("too many connections of this peer"));
    }
    BOOST_TEST(served.eventually([&] { return served.server->connections() == 0; }));
    for (int i = 0; i < 8; ++i) {
        Caller caller(served.port());
        BOOST_TEST(caller.start_tls(served.files) == "done");
        BOOST_TEST(caller.call(proc_null) == accepted);
        caller.session().close();
        BOOST_TEST(caller.end_of_session() == "closed");
    }
}

BOOST_AUTO_TEST_CASE(garbage_inside_a_session_ends_that_session_only) {
    FaceServer served(RPCTLS_POLICY_TLS);
    Caller honest(served.port());
    BOOST_TEST(honest.start_tls(served.files) == "done");
    send_garbage(served.port(), served.files, [&] { BOOST_TEST(honest.call(proc_null) == accepted); });
    check_served(honest);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_costs_little_memory) {
    FaceServer served(RPCTLS_POLICY_TLS);
    const auto open = [&](std::size_t count) {
        std::vector<std::unique_ptr<Caller>> callers;
        while (callers.size() < count) {
            callers.push_back(std::make_unique<Caller>(served.port()));
            BOOST_TEST_REQUIRE(callers.back()->start_tls(served.files) == "done");
            BOOST_TEST_REQUIRE(callers.back()->call(face_count) == accepted);
        }
        return callers;
    };
    (void)open(4); // what is made once
    const std::size_t before = allocated();
    const auto callers = open(40);
    // Both ends are in this process; the server's is some 20.
    BOOST_TEST(allocated() < before + callers.size() * 128);
}

BOOST_AUTO_TEST_SUITE_END()
