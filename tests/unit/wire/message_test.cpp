// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/message.hpp"

#include "rpc/base/text.hpp"
#include "tests/unit/octets.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::wire;
using rpctls::test::octets;

BOOST_AUTO_TEST_SUITE(message)

BOOST_AUTO_TEST_CASE(a_call_header_is_laid_out_as_rfc_5531_says) {
    CallHeader call{.xid = 0x11223344, .program = 100003, .version = 4, .procedure = 1};
    call.credential = {auth_flavor_sys, octets("0102030405")};
    call.verifier = {7, octets("0a0b0c0d")};
    BOOST_TEST(hex(*encode_call(call)) == hex(octets("11223344 00000000 00000002 000186a3 00000004 00000001"
                                                     "00000001 00000005 01020304 05000000"
                                                     "00000007 00000004 0a0b0c0d")));
}

BOOST_AUTO_TEST_CASE(a_credential_of_400_octets_fits_and_401_do_not) {
    CallHeader call;
    call.credential.body.resize(400);
    BOOST_TEST(encode_call(call)->size() == 440u);
    call.credential.body.resize(401);
    BOOST_TEST(encode_call(call).error().name == "auth-body-too-large");
    std::swap(call.credential, call.verifier);
    BOOST_TEST(encode_call(call).error().name == "auth-body-too-large");
}

BOOST_AUTO_TEST_CASE(an_accepted_reply_is_read_and_its_results_found) {
    const auto reply =
        decode_reply(octets("00000009 00000001 00000000 00000000 00000003 0a0b0c00 00000000 77777777"));
    BOOST_TEST_REQUIRE(reply.has_value());
    BOOST_TEST(reply->xid == 9u);
    BOOST_TEST(reply->results_offset == 28u);
    const auto &accepted = std::get<AcceptedReply>(reply->body);
    BOOST_TEST((accepted == AcceptedReply{{0, octets("0a0b0c")}, AcceptStat::success, {}}));
    BOOST_TEST(describe(*reply) == "accepted, SUCCESS, verifier flavor 0 of 3 octets");
}

BOOST_AUTO_TEST_CASE(a_program_mismatch_brings_its_versions) {
    const auto reply =
        decode_reply(octets("00000009 00000001 00000000 00000000 00000000 00000002 00000003 00000004"));
    BOOST_TEST_REQUIRE(reply.has_value());
    BOOST_TEST(
        (std::get<AcceptedReply>(reply->body) == AcceptedReply{{}, AcceptStat::prog_mismatch, {3, 4}}));
    BOOST_TEST(reply->results_offset == 32u);
    BOOST_TEST(describe(*reply) == "accepted, PROG_MISMATCH 3 to 4, verifier flavor 0 of 0 octets");
}

BOOST_AUTO_TEST_CASE(denials_are_read_with_their_reasons) {
    const auto mismatch = decode_reply(octets("00000009 00000001 00000001 00000000 00000002 00000002"));
    BOOST_TEST_REQUIRE(mismatch.has_value());
    BOOST_TEST((std::get<DeniedReply>(mismatch->body) == DeniedReply{RejectStat::rpc_mismatch, {2, 2}, 0}));
    BOOST_TEST(describe(*mismatch) == "denied, RPC_MISMATCH 2 to 2");
    const auto denied = decode_reply(octets("00000009 00000001 00000001 00000001 00000002"));
    BOOST_TEST_REQUIRE(denied.has_value());
    BOOST_TEST(
        (std::get<DeniedReply>(denied->body) == DeniedReply{RejectStat::auth_error, {}, auth_rejectedcred}));
    BOOST_TEST(describe(*denied) == "denied, AUTH_REJECTEDCRED (2)");
}

BOOST_AUTO_TEST_CASE(auth_stats_that_nobody_has_named_keep_their_number) {
    BOOST_TEST(auth_stat_name(14) == "RPCSEC_GSS_CTXPROBLEM (14)");
    BOOST_TEST(auth_stat_name(4000000000) == "auth_stat (4000000000)");
}

BOOST_AUTO_TEST_CASE(every_cut_of_a_reply_is_malformed) {
    for (const char *text : {"00000009 00000001 00000000 00000000 00000003 0a0b0c00 00000000",
                             "00000009 00000001 00000000 00000000 00000000 00000002 00000003 00000004",
                             "00000009 00000001 00000001 00000000 00000002 00000002",
                             "00000009 00000001 00000001 00000001 00000002"}) {
        const auto whole = octets(text);
        BOOST_TEST(decode_reply(whole).has_value());
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto cut = decode_reply(std::span(whole).first(size));
            BOOST_TEST_REQUIRE(!cut.has_value(), text << " cut to " << size);
            BOOST_TEST(cut.error().name == "reply-malformed");
        }
    }
}

BOOST_AUTO_TEST_CASE(fields_outside_their_sets_are_malformed_and_named) {
    const auto field = [](std::string_view text) {
        const auto reply = decode_reply(octets(text));
        return reply ? std::string("none") : reply.error().facts.at(0).value;
    };
    BOOST_TEST(field("00000009 00000000 00000000") == "msg_type");
    BOOST_TEST(field("00000009 00000002 00000000") == "msg_type");
    BOOST_TEST(field("00000009 00000001 00000002") == "reply_stat");
    BOOST_TEST(field("00000009 00000001 00000001 00000002 00000000") == "reject_stat");
    BOOST_TEST(field("00000009 00000001 00000000 00000000 00000000 00000006") == "accept_stat");
}

BOOST_AUTO_TEST_CASE(a_verifier_larger_than_400_octets_is_refused_whatever_follows) {
    auto reply = octets("00000009 00000001 00000000 00000000 00000194");
    reply.resize(reply.size() + 404 + 4);
    BOOST_TEST(decode_reply(reply).error().facts.at(0).value == "verifier");
    auto promised = octets("00000009 00000001 00000000 00000000 ffffffff 00000000");
    BOOST_TEST(decode_reply(promised).error().facts.at(0).value == "verifier");
}

BOOST_AUTO_TEST_CASE(a_call_is_read_and_its_arguments_found) {
    const auto octets_of_call = octets("11223344 00000000 00000002 000186a3 00000004 00000001"
                                       "00000001 00000005 01020304 05000000"
                                       "00000007 00000004 0a0b0c0d 77777777");
    const auto call = decode_call(octets_of_call);
    BOOST_TEST_REQUIRE(call.has_value());
    BOOST_TEST(call->rpc_version == 2u);
    BOOST_TEST(call->arguments_offset == octets_of_call.size() - 4);
    CallHeader expected{.xid = 0x11223344, .program = 100003, .version = 4, .procedure = 1};
    expected.credential = {auth_flavor_sys, octets("0102030405")};
    expected.verifier = {7, octets("0a0b0c0d")};
    BOOST_TEST((call->header == expected));
    BOOST_TEST(hex(*encode_call(expected)) == hex(std::span(octets_of_call).first(call->arguments_offset)));
}

BOOST_AUTO_TEST_CASE(of_a_call_of_another_rpc_version_only_the_xid_is_read) {
    const auto call = decode_call(octets("11223344 00000000 00000003 000186a3"));
    BOOST_TEST_REQUIRE(call.has_value());
    BOOST_TEST(call->rpc_version == 3u);
    BOOST_TEST((call->header == CallHeader{.xid = 0x11223344}));
}

BOOST_AUTO_TEST_CASE(every_cut_of_a_call_is_malformed_and_a_reply_is_no_call) {
    const auto whole = octets(
        "11223344 00000000 00000002 000186a3 00000004 00000000 00000001 00000004 01020304 00000000 00000000");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto cut = decode_call(std::span(whole).first(size));
        BOOST_TEST_REQUIRE(!cut.has_value(), "cut to " << size);
        BOOST_TEST(cut.error().name == "call-malformed");
    }
    BOOST_TEST(decode_call(octets("11223344 00000001 00000002")).error().facts.at(0).value == "msg_type");
    auto large = octets("11223344 00000000 00000002 000186a3 00000004 00000000 00000001 00000191");
    large.resize(large.size() + 412);
    BOOST_TEST(decode_call(large).error().facts.at(0).value == "credential");
}

BOOST_AUTO_TEST_CASE(replies_are_laid_out_as_they_are_read) {
    for (const char *text : {"00000009 00000001 00000000 00000000 00000003 0a0b0c00 00000000",
                             "00000009 00000001 00000000 00000000 00000000 00000002 00000003 00000004",
                             "00000009 00000001 00000000 00000000 00000008 53544152 54544c53 00000000",
                             "00000009 00000001 00000001 00000000 00000002 00000002",
                             "00000009 00000001 00000001 00000001 00000005"}) {
        const auto reply = decode_reply(octets(text));
        BOOST_TEST_REQUIRE(reply.has_value());
        BOOST_TEST(hex(*encode_reply(*reply)) == hex(octets(text)));
    }
    AcceptedReply large;
    large.verifier.body.resize(401);
    BOOST_TEST(encode_reply({9, large, 0}).error().name == "auth-body-too-large");
    large.verifier.body.resize(400);
    BOOST_TEST(encode_reply({9, large, 0})->size() == 424u);
}

BOOST_AUTO_TEST_SUITE_END()
