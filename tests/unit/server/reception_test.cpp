// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/reception.hpp"

#include "rpc/base/text.hpp"
#include "tests/unit/octets.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rpctls;
using namespace rpctls::server;
using rpctls::test::concatenated;
using rpctls::test::octets;
using State = Reception::State;

BOOST_AUTO_TEST_SUITE(reception)

namespace {

const auto probe = octets(
    "80000028 11223344 00000000 00000002 000186a3 00000004 00000000 00000007 00000000 00000000 00000000");
const auto null_call = octets(
    "80000028 11223345 00000000 00000002 000186a3 00000004 00000000 00000000 00000000 00000000 00000000");
/// Procedure 1, AUTH_SYS, one word of arguments.
const auto call_one = octets("80000040 11223346 00000000 00000002 000186a3 00000004 00000001"
                             "00000001 00000014 00000000 00000000 00000000 00000000 00000000"
                             "00000000 00000000 0000002a");

const std::string badcred = "80000014 11223344 00000001 00000001 00000001 00000001";
const std::string badverf = "80000014 11223344 00000001 00000001 00000001 00000003";

std::string hex_of(std::string_view text) {
    return hex(octets(text));
}

/// What came of the octets: "probe 11223344", "call 11223345" for the program, answers in hexadecimal, the name of an
/// error; one line each.
std::string story(Reception &reception, std::span<const std::byte> stream, std::size_t piece) {
    std::string lines;
    while (!stream.empty()) {
        const auto now = stream.first(std::min(piece, stream.size()));
        stream = stream.subspan(now.size());
        reception.feed(now);
        for (;;) {
            auto event = reception.next();
            if (!event) {
                lines += event.error().name + "\n";
                break;
            }
            if (!*event)
                break;
            if (const auto *answer = std::get_if<Reception::Answer>(&**event)) {
                lines += hex(answer->record) + "\n";
                continue;
            }
            const auto &call = std::get<Reception::Call>(**event);
            BOOST_TEST((call.message.header.credential.flavor != wire::auth_flavor_tls));
            lines += (call.is_probe ? "probe " : "call ") + hex(std::span(call.record).first(4)) + "\n";
        }
    }
    return lines;
}

/// The same whole and one octet at a time.
std::string story_of(Reception::Parameters parameters, std::span<const std::byte> stream) {
    Reception whole(parameters);
    Reception trickle(parameters);
    const std::string lines = story(whole, stream, stream.size());
    BOOST_TEST(story(trickle, stream, 1) == lines);
    BOOST_TEST((trickle.state() == whole.state()));
    return lines;
}

Reception in_session(TlsPolicy policy = TlsPolicy::opportunistic) {
    Reception reception({.policy = policy});
    BOOST_TEST(story(reception, probe, probe.size()) == "probe 11223344\n");
    reception.answered(true);
    BOOST_TEST((reception.state() == State::handshake));
    reception.session_begun();
    return reception;
}

constexpr Reception::Parameters defaults{};

} // namespace

BOOST_AUTO_TEST_CASE(R_4_1_1_clear_calls_and_probes_are_told_apart_on_one_connection) {
    BOOST_TEST(story_of(defaults, concatenated({null_call, call_one, probe})) ==
               "call 11223345\ncall 11223346\nprobe 11223344\n");
}

BOOST_AUTO_TEST_CASE(R_4_1_6_and_R_4_1_7_the_token_is_eight_octets_in_a_verifier_of_flavor_none) {
    wire::ReplyHeader reply{0x11223344, wire::AcceptedReply{Reception::token(), {}, {}}, 0};
    BOOST_TEST(hex(wire::frame_record(*wire::encode_reply(reply))) ==
               hex_of("80000020 11223344 00000001 00000000 00000000 00000008 53544152 54544c53 00000000"));
}

BOOST_AUTO_TEST_CASE(R_4_1_8_a_probe_goes_to_the_program_whatever_its_program_and_version_are) {
    auto other = probe;
    other[16] = other[20] = std::byte{0x7f};
    Reception reception(defaults);
    BOOST_TEST(story(reception, other, other.size()) == "probe 11223344\n");
    BOOST_TEST((reception.state() == State::offering));
    reception.answered(true); // with PROG_UNAVAIL or PROG_MISMATCH and the token
    BOOST_TEST((reception.state() == State::handshake));
}

BOOST_AUTO_TEST_CASE(a_program_that_denies_a_probe_leaves_the_connection_in_clear) {
    Reception reception(defaults);
    BOOST_TEST(story(reception, probe, probe.size()) == "probe 11223344\n");
    reception.answered(false);
    BOOST_TEST((reception.state() == State::clear));
    BOOST_TEST(story(reception, null_call, 3) == "call 11223345\n");
}

BOOST_AUTO_TEST_CASE(R_4_1_19_AUTH_TLS_on_another_procedure_is_denied_with_AUTH_BADCRED) {
    auto call = probe;
    call[27] = std::byte{1};
    BOOST_TEST(story_of(defaults, concatenated({call, null_call})) == hex_of(badcred) + "\ncall 11223345\n");
}

BOOST_AUTO_TEST_CASE(R_4_1_20_a_probe_inside_a_session_is_denied_and_the_session_lives_on) {
    Reception reception = in_session();
    BOOST_TEST(story(reception, concatenated({probe, null_call}), 7) ==
               hex_of(badcred) + "\ncall 11223345\n");
    BOOST_TEST((reception.state() == State::session));
}

BOOST_AUTO_TEST_CASE(R_4_1_21_malformed_probes_are_denied_and_never_get_the_token) {
    const auto with_body = octets("8000002c 11223344 00000000 00000002 000186a3 00000004 00000000 00000007 "
                                  "00000004 00000000 00000000 00000000");
    BOOST_TEST(story_of(defaults, with_body) == hex_of(badcred) + "\n");
    const auto verifier_flavor = octets(
        "80000028 11223344 00000000 00000002 000186a3 00000004 00000000 00000007 00000000 00000001 00000000");
    BOOST_TEST(story_of(defaults, verifier_flavor) == hex_of(badverf) + "\n");
    const auto verifier_body = octets("8000002c 11223344 00000000 00000002 000186a3 00000004 00000000 "
                                      "00000007 00000000 00000000 00000004 00000000");
    BOOST_TEST(story_of(defaults, verifier_body) == hex_of(badverf) + "\n");
}

BOOST_AUTO_TEST_CASE(R_4_2_1_without_an_identity_or_under_the_policy_none_a_probe_is_a_mere_call) {
    BOOST_TEST(story_of({.can_offer = false}, concatenated({probe, null_call})) ==
               "call 11223344\ncall 11223345\n");
    BOOST_TEST(story_of({.policy = TlsPolicy::none}, probe) == "call 11223344\n");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_1_a_ClientHello_before_any_probe_reads_as_a_fragment_far_too_large) {
    const auto hello = octets("16030100 c8010000 c40303");
    Reception reception(defaults);
    BOOST_TEST(story(reception, hello, 4) == "record-too-large\n");
    BOOST_TEST((reception.state() == State::ended));
}

BOOST_AUTO_TEST_CASE(
    R_5_1_1_2_and_3_octets_behind_a_probe_are_discarded_and_end_the_connection_once_it_is_answered) {
    for (const std::size_t piece : {std::size_t(1), probe.size(), std::size_t(1000)})
        for (const std::size_t extra : {std::size_t(1), std::size_t(4), call_one.size()}) {
            Reception reception(defaults);
            const auto stream = concatenated({probe, std::span(call_one).first(extra)});
            BOOST_TEST(story(reception, stream, piece) == "probe 11223344\n");
            BOOST_TEST((reception.state() == State::offering));
            BOOST_TEST(reception.had_stray_octets());
            reception.answered(true);
            BOOST_TEST((reception.state() == State::ended));
            BOOST_TEST(story(reception, call_one, 1000) == "");
        }
}

BOOST_AUTO_TEST_CASE(R_5_1_1_2_what_came_in_clear_is_not_carried_into_the_session) {
    Reception reception = in_session();
    BOOST_TEST(!reception.mid_record());
    BOOST_TEST(story(reception, null_call, 1) == "call 11223345\n");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_5_a_ClientHello_as_application_data_is_a_bad_record) {
    Reception reception = in_session();
    BOOST_TEST(story(reception, octets("16030100 c8010000 c40303"), 100) == "record-too-large\n");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_12_after_its_end_a_connection_takes_nothing) {
    Reception reception(defaults);
    BOOST_TEST(story(reception, concatenated({octets("00000000"), null_call}), 1000) == "record-empty\n");
    BOOST_TEST(story(reception, null_call, 1000) == "");
}

BOOST_AUTO_TEST_CASE(
    R_6_1_1_3_a_server_that_insists_denies_clear_calls_with_AUTH_TOOWEAK_and_still_answers_probes) {
    for (const TlsPolicy policy : {TlsPolicy::required, TlsPolicy::mutual})
        BOOST_TEST(story_of({.policy = policy}, concatenated({null_call, call_one, probe})) ==
                   hex_of("80000014 11223345 00000001 00000001 00000001 00000005") + "\n" +
                       hex_of("80000014 11223346 00000001 00000001 00000001 00000005") +
                       "\nprobe 11223344\n");
    Reception reception = in_session(TlsPolicy::mutual);
    BOOST_TEST(story(reception, call_one, 1000) == "call 11223346\n");
}

BOOST_AUTO_TEST_CASE(R_6_1_3_each_policy_has_its_own_answer_to_a_clear_call_and_to_a_probe) {
    const std::string weak = hex_of("80000014 11223345 00000001 00000001 00000001 00000005") + "\n";
    const std::string served = "call 11223345\n";
    const auto both = concatenated({null_call, probe});
    BOOST_TEST(story_of({.policy = TlsPolicy::none}, both) == served + "call 11223344\n");
    BOOST_TEST(story_of({.policy = TlsPolicy::opportunistic}, both) == served + "probe 11223344\n");
    BOOST_TEST(story_of({.policy = TlsPolicy::required}, both) == weak + "probe 11223344\n");
    BOOST_TEST(story_of({.policy = TlsPolicy::mutual}, both) == weak + "probe 11223344\n");
}

BOOST_AUTO_TEST_CASE(another_rpc_version_is_answered_with_the_one_that_is_spoken) {
    auto call = null_call;
    call[15] = std::byte{3};
    BOOST_TEST(story_of(defaults, call) ==
               hex_of("80000018 11223345 00000001 00000001 00000000 00000002 00000002") + "\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_call_ends_the_connection_after_what_came_before_it) {
    const auto reply = octets("80000018 11223344 00000001 00000000 00000000 00000000 00000000");
    Reception reception(defaults);
    BOOST_TEST(story(reception, concatenated({null_call, reply, null_call}), 1000) ==
               "call 11223345\ncall-malformed\n");
    BOOST_TEST((reception.state() == State::ended));
    BOOST_TEST(story_of({.largest_record = 64}, concatenated({call_one, octets("80000041")})) ==
               "call 11223346\nrecord-too-large\n");
}

BOOST_AUTO_TEST_SUITE_END()
