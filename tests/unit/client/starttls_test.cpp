// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/starttls.hpp"

#include "rpc/base/text.hpp"
#include "tests/unit/octets.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rpctls;
using namespace rpctls::client;
using rpctls::test::octets;
using State = StartTlsProbe::State;

BOOST_AUTO_TEST_SUITE(starttls)

namespace {

/// "offered", "not offered", "refused", "waiting" or the name of the error.
std::string verdict_in_pieces(std::span<const std::byte> stream, std::size_t piece) {
    StartTlsProbe probe(100003, 4, 0x11223344);
    State state = State::waiting;
    while (!stream.empty()) {
        const auto fed = probe.feed(stream.first(std::min(piece, stream.size())));
        stream = stream.subspan(std::min(piece, stream.size()));
        if (!fed)
            return fed.error().name;
        state = *fed;
    }
    switch (state) {
    case State::waiting:
        return "waiting";
    case State::offered:
        return "offered";
    case State::not_offered:
        return "not offered";
    case State::refused:
        return "refused";
    }
    return "?";
}

/// The same whole and one octet at a time.
std::string verdict(std::string_view stream) {
    const std::string whole = verdict_in_pieces(octets(stream), 1 << 20);
    BOOST_TEST(verdict_in_pieces(octets(stream), 1) == whole);
    return whole;
}

std::string word(unsigned number) {
    char text[9];
    std::snprintf(text, sizeof text, "%08x", number);
    return text;
}

const std::string accepted = "11223344 00000001 00000000 ";
const std::string with_token = "00000000 00000008 53544152 54544c53 ";
const std::string offer = "80000020" + accepted + with_token + "00000000";

} // namespace

BOOST_AUTO_TEST_CASE(R_4_1_3_4_5_R_7_1_1_the_probe_is_a_null_call_with_an_empty_auth_tls_credential) {
    const StartTlsProbe probe(100003, 4, 0x11223344);
    BOOST_TEST(hex(probe.call(), "") ==
               hex(octets("80000028 11223344 00000000 00000002 000186a3 00000004 00000000 "
                          "00000007 00000000 00000000 00000000")));
}

BOOST_AUTO_TEST_CASE(R_4_1_8_the_token_in_an_accepted_reply_offers_tls) {
    BOOST_TEST(verdict(offer) == "offered");
}

BOOST_AUTO_TEST_CASE(R_4_1_9_the_token_offers_tls_whatever_the_accept_stat_is) {
    BOOST_TEST(verdict("80000028" + accepted + with_token + "00000002 00000002 00000003") == "offered");
    for (const unsigned stat : {1U, 3U, 4U, 5U})
        BOOST_TEST(verdict("80000020" + accepted + with_token + word(stat)) == "offered", stat);
}

BOOST_AUTO_TEST_CASE(R_4_1_12_every_denial_refuses_tls) {
    for (unsigned auth_stat = 1; auth_stat <= 14; ++auth_stat)
        BOOST_TEST(verdict("80000014 11223344 00000001 00000001 00000001" + word(auth_stat)) == "refused");
    BOOST_TEST(verdict("80000018 11223344 00000001 00000001 00000000 00000002 00000002") == "refused");
}

BOOST_AUTO_TEST_CASE(R_4_1_13_the_token_under_another_flavor_offers_nothing) {
    for (const unsigned flavor : {1U, 6U, 7U})
        BOOST_TEST(verdict("80000020" + accepted + word(flavor) + "00000008 53544152 54544c53 00000000") ==
                   "not offered");
}

BOOST_AUTO_TEST_CASE(R_4_1_14_only_the_exact_token_offers_tls) {
    BOOST_TEST(verdict("80000018" + accepted + "00000000 00000000 00000000") == "not offered");
    BOOST_TEST(verdict("80000020" + accepted + "00000000 00000007 53544152 54544c00 00000000") ==
               "not offered");
    BOOST_TEST(verdict("80000024" + accepted + "00000000 00000009 53544152 54544c53 00000000 00000000") ==
               "not offered");
    BOOST_TEST(verdict("80000020" + accepted + "00000000 00000008 73746172 74746c73 00000000") ==
               "not offered");
    BOOST_TEST(verdict("80000024" + accepted + "00000000 0000000c 00000008 53544152 54544c53 00000000") ==
               "not offered");
}

BOOST_AUTO_TEST_CASE(R_4_1_16_what_libtirpc_without_tls_answers_is_a_refusal) {
    BOOST_TEST(verdict("80000014 11223344 00000001 00000001 00000001 00000002") == "refused");
}

BOOST_AUTO_TEST_CASE(R_4_1_16_a_server_that_closes_offers_nothing) {
    StartTlsProbe probe(100003, 4, 1);
    BOOST_TEST(probe.closed().name == "probe-closed");
    BOOST_TEST((probe.closed().stage == Stage::probe));
}

BOOST_AUTO_TEST_CASE(R_5_1_1_4_octets_in_clear_behind_the_token_are_an_error) {
    BOOST_TEST(verdict(offer + "00") == "probe-trailing-octets");
    BOOST_TEST(verdict(offer + "80000018" + accepted + "00000000 00000000 00000000") ==
               "probe-trailing-octets");
    BOOST_TEST(verdict(offer + "16030300") == "probe-trailing-octets");
    BOOST_TEST(verdict(offer + offer) == "probe-trailing-octets");
}

BOOST_AUTO_TEST_CASE(an_offer_once_spoilt_stays_spoilt) {
    StartTlsProbe probe(100003, 4, 0x11223344);
    BOOST_TEST(!probe.feed(octets(offer + "00")));
    BOOST_TEST(probe.feed({}).error().name == "probe-trailing-octets");
}

BOOST_AUTO_TEST_CASE(a_reply_to_another_call_is_passed_over) {
    BOOST_TEST(verdict("80000018 99999999 00000001 00000000 00000000 00000000 00000000" + offer) ==
               "offered");
    BOOST_TEST(verdict("80000020 99999999 00000001 00000000 " + with_token + "00000000") == "waiting");
}

BOOST_AUTO_TEST_CASE(replies_to_other_calls_are_borne_only_so_long) {
    std::string strays;
    for (int i = 0; i < 8; ++i)
        strays += "80000018 99999999 00000001 00000000 00000000 00000000 00000000";
    BOOST_TEST(verdict(strays + offer) == "offered");
    BOOST_TEST(verdict(strays + "80000018 99999999 00000001 00000000 00000000 00000000 00000000" + offer) ==
               "probe-stray-replies");
}

BOOST_AUTO_TEST_CASE(what_is_no_rpc_reply_is_malformed) {
    BOOST_TEST(verdict("48545450 2f312e31") == "probe-malformed"); // HTTP/1.1
    BOOST_TEST(verdict("16030300 7a020000") == "probe-malformed"); // a TLS record
    BOOST_TEST(verdict("80000000") == "probe-malformed");          // an empty record
    BOOST_TEST(verdict("80000004 11223344") == "probe-malformed"); // a reply cut short
    BOOST_TEST(
        verdict("80000028 11223344 00000000 00000002 000186a3 00000004 00000000 00000007 00000000 00000000 "
                "00000000") == "probe-malformed"); // our own call, echoed
}

BOOST_AUTO_TEST_CASE(a_null_reply_with_results_is_malformed) {
    BOOST_TEST(verdict("80000024" + accepted + with_token + "00000000 00000000") == "probe-malformed");
}

BOOST_AUTO_TEST_CASE(the_reply_may_come_in_fragments) {
    BOOST_TEST(verdict("00000004 11223344 8000001c 00000001 00000000" + with_token + "00000000") ==
               "offered");
}

BOOST_AUTO_TEST_SUITE_END()
