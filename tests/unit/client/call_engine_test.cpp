// SPDX-License-Identifier: LGPL-2.1-or-later
// The calls of a Connection, driven by octets and by a clock that stands still.
#include "rpc/base/text.hpp"
#include "rpc/client/call_engine.hpp"
#include "tests/unit/octets.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

using namespace rpctls;
using namespace rpctls::client;
using namespace rpctls::test;
using namespace std::chrono_literals;

namespace {

constexpr CallEngine::Time start{};

CallEngine engine(std::size_t in_flight = 8) {
    return CallEngine(in_flight, 4096, {});
}

void submit(CallEngine &engine, std::uint32_t xid, std::span<const std::byte> arguments = {},
            std::chrono::milliseconds time = 1s) {
    engine.submit({.id = xid,
                   .xid = xid,
                   .head = octets("80000004 aabbccdd"),
                   .arguments = {arguments},
                   .deadline = start + time,
                   .done = [](Result<CallReply>) {}});
}

std::vector<std::byte> offered(CallEngine &engine) {
    std::vector<std::byte> all;
    for (const auto &piece : engine.to_send().octets)
        all.insert(all.end(), piece.begin(), piece.end());
    return all;
}

std::string outcomes(CallEngine &engine) {
    std::string all;
    for (const auto &completed : engine.take_completed())
        all += (all.empty() ? "" : ", ") +
               (completed.result
                    ? "ok " + hex(completed.result->results())
                    : completed.result.error().name + " " + completed.result.error().facts.back().value);
    return all;
}

Status feed(CallEngine &engine, std::span<const std::byte> octets, std::size_t at_once) {
    while (!octets.empty()) {
        const auto room = engine.room();
        const std::size_t count = std::min({at_once, octets.size(), room.size()});
        std::copy_n(octets.begin(), count, room.begin());
        if (auto taken = engine.took(count); !taken)
            return taken;
        octets = octets.subspan(count);
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(call_engine)

BOOST_AUTO_TEST_CASE(replies_are_the_same_however_they_are_cut) {
    // The second has three fragments; a third is of a call that nobody has made.
    const auto replies = octets("8000001c 00000002 00000001 00000000 00000000 00000000 00000000 0000000b"
                                "00000004 00000001 00000010 00000001 00000000 00000000 00000000"
                                "80000008 00000000 0000000a"
                                "80000018 00000077 00000001 00000000 00000000 00000000 00000000");
    for (const std::size_t at_once : {1, 3, 4, 7, 1000}) {
        auto calls = engine();
        submit(calls, 1);
        submit(calls, 2);
        calls.sent(offered(calls).size());
        BOOST_TEST(feed(calls, replies, at_once).has_value());
        BOOST_TEST(outcomes(calls) == "ok 0000000b, ok 0000000a");
        BOOST_TEST(calls.dropped_replies() == 1u);
        BOOST_TEST(!calls.next_deadline().has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_record_larger_than_what_is_held_is_put_together_where_it_arrives) {
    CallEngine calls(1, 1 << 20, {});
    submit(calls, 1);
    calls.sent(offered(calls).size());
    auto reply = octets("80010018 00000001 00000001 00000000 00000000 00000000 00000000");
    reply.resize(reply.size() + 0x10000, std::byte{7});
    BOOST_TEST(feed(calls, reply, 5000).has_value());
    const auto completed = calls.take_completed();
    BOOST_TEST_REQUIRE(completed.size() == 1u);
    BOOST_TEST(completed[0].result->results().size() == 0x10000u);
    BOOST_TEST((completed[0].result->results().back() == std::byte{7}));
}

BOOST_AUTO_TEST_CASE(a_call_that_ends_half_sent_keeps_what_is_left_of_it) {
    auto calls = engine();
    {
        const auto arguments = octets("01020304");
        submit(calls, 1, arguments, 10ms);
        BOOST_TEST(hex(offered(calls)) == "80000004aabbccdd01020304");
        calls.sent(9);
        calls.expire(start + 10ms);
        BOOST_TEST(outcomes(calls) == "rpc-timeout maybe");
    }
    BOOST_TEST(hex(offered(calls)) == "020304");
}

BOOST_AUTO_TEST_CASE(calls_beyond_those_in_flight_wait_for_their_turn_and_outlive_the_connection) {
    auto calls = engine(1);
    submit(calls, 1);
    submit(calls, 2);
    submit(calls, 3);
    BOOST_TEST(offered(calls).size() == 8u);
    calls.cancel(2, 2);
    BOOST_TEST(outcomes(calls) == "call-cancelled no");
    calls.broken(Error{Stage::rpc, "rpc-closed", "closed"}, true);
    BOOST_TEST(outcomes(calls) == "rpc-closed maybe");
    BOOST_TEST(calls.waits());
    BOOST_TEST(offered(calls).size() == 8u);
    calls.cancel(2, 3); // the name of another one
    BOOST_TEST(outcomes(calls).empty());
    calls.broken(Error{Stage::rpc, "rpc-closed", "closed"}, false);
    BOOST_TEST(outcomes(calls) == "rpc-closed maybe");
}

BOOST_AUTO_TEST_CASE(answers_that_a_peer_does_not_take_stop_the_reading) {
    auto calls = engine();
    const auto call = octets("80000028 00000042 00000000 00000003" // of an RPC that is to come
                             "00000000 00000000 00000000 00000000 00000000 00000000 00000000");
    std::size_t answered = 0;
    for (; calls.may_read() && answered < 100000; ++answered)
        BOOST_TEST_REQUIRE(feed(calls, call, 1000).has_value());
    BOOST_TEST(answered < 100000u);
    BOOST_TEST(calls.reverse_calls() == answered);
    const auto answers = offered(calls);
    BOOST_TEST(hex(std::span(answers).first(28)) ==
               "80000018000000420000000100000001000000000000000200000002");
    calls.sent(answers.size());
    BOOST_TEST(calls.may_read());
}

BOOST_AUTO_TEST_CASE(calls_that_came_in_one_read_wait_while_the_answers_before_them_are_not_taken) {
    constexpr std::size_t answer = 60000;
    CallEngine calls(1, 1 << 20, [](const ReverseCall &) {
        return ReverseAnswer{.results = std::vector<std::byte>(answer)};
    });
    const auto call = octets("80000028 00000042 00000000 00000002 40000000 00000001 00000001 "
                             "00000000 00000000 00000000 00000000");
    constexpr std::size_t come = 300;
    const auto room = calls.room();
    for (std::size_t i = 0; i < come; ++i)
        std::copy(call.begin(), call.end(), room.begin() + static_cast<std::ptrdiff_t>(i * call.size()));
    BOOST_TEST(calls.took(come * call.size()).has_value());
    std::size_t answered = 0;
    while (calls.holds_back()) {
        BOOST_TEST_REQUIRE(!calls.may_read());
        BOOST_TEST(calls.reverse_calls() - answered < (1 << 20) / answer + 2);
        answered = calls.reverse_calls();
        for (auto answers = offered(calls); !answers.empty(); answers = offered(calls))
            calls.sent(answers.size());
        BOOST_TEST(calls.go_on().has_value());
        BOOST_TEST_REQUIRE(calls.reverse_calls() > answered);
    }
    BOOST_TEST(calls.reverse_calls() == come);
    BOOST_TEST(!calls.mid_record());
}

BOOST_AUTO_TEST_SUITE_END()
