// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/control_records.hpp"

#include "tests/unit/octets.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rpctls::test;
using rpctls::tls::ControlRecords;
using Verdict = ControlRecords::Verdict;

namespace {

std::string word(Verdict verdict) {
    switch (verdict) {
    case Verdict::nothing:
        return "nothing";
    case Verdict::ended:
        return "ended";
    case Verdict::alert:
        return "alert";
    case Verdict::key_update:
        return "key update";
    case Verdict::unexpected:
        break;
    }
    return "unexpected";
}

/// The verdict on one record, the same whether it comes whole or octet by octet.
std::string verdict(unsigned type, std::string_view record, bool is_client = true) {
    ControlRecords whole(is_client), pieces(is_client);
    const auto all = octets(record);
    const std::string answer = word(whole.feed(static_cast<std::uint8_t>(type), all));
    std::string last = "nothing";
    for (std::size_t i = 0; i < all.size() && last == "nothing"; ++i)
        last = word(pieces.feed(static_cast<std::uint8_t>(type), std::span(all).subspan(i, 1)));
    if (!all.empty())
        BOOST_TEST(last == answer);
    return answer;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_control_records)

BOOST_AUTO_TEST_CASE(a_close_notify_is_the_end_whatever_its_level) {
    BOOST_TEST(verdict(21, "0100") == "ended");
    BOOST_TEST(verdict(21, "0200") == "ended");
    BOOST_TEST(verdict(21, "015a0100") == "ended"); // behind user_canceled, RFC 8446 6.1
}

BOOST_AUTO_TEST_CASE(an_alert_is_told_by_its_number_and_two_warnings_are_borne) {
    ControlRecords records(true);
    BOOST_TEST(word(records.feed(21, octets("0274"))) == "alert");
    BOOST_TEST(records.alert() == 116u);
    BOOST_TEST(verdict(21, "015a") == "nothing");
    BOOST_TEST(verdict(21, "0170") == "nothing");
    BOOST_TEST(verdict(21, "0270") == "alert");
    BOOST_TEST(verdict(21, "0128") == "alert");
}

BOOST_AUTO_TEST_CASE(a_client_passes_tickets_over_and_a_server_gets_none) {
    BOOST_TEST(verdict(22, "04000003 aabbcc") == "nothing");
    BOOST_TEST(verdict(22, "04000001 aa 04000000 04000002 bbcc") == "nothing");
    BOOST_TEST(verdict(22, "04000001 aa 18000001 00") == "key update");
    BOOST_TEST(verdict(22, "04000003 aabbcc", false) == "unexpected");
}

BOOST_AUTO_TEST_CASE(a_ticket_can_be_had_once_it_is_whole_the_last_of_several_and_none_that_is_too_long) {
    ControlRecords records(true);
    BOOST_TEST(word(records.feed(22, octets("04000003 aabb"))) == "nothing");
    BOOST_TEST(records.take_ticket().empty());
    BOOST_TEST(word(records.feed(22, octets("cc"))) == "nothing");
    BOOST_TEST((records.take_ticket() == octets("04000003 aabbcc")));
    BOOST_TEST(records.take_ticket().empty());
    BOOST_TEST(word(records.feed(22, octets("04000001 aa 04000002 bbcc 040000"))) == "nothing");
    BOOST_TEST((records.take_ticket() == octets("04000002 bbcc")));
    BOOST_TEST(word(records.feed(22, octets("00"))) == "nothing");
    BOOST_TEST((records.take_ticket() == octets("04000000")));
    const std::vector<std::byte> rest(16384);
    BOOST_TEST(word(records.feed(22, octets("04004000"))) == "nothing");
    BOOST_TEST(word(records.feed(22, rest)) == "nothing");
    BOOST_TEST(word(records.data()) == "nothing");
    BOOST_TEST(records.take_ticket().empty());
}

BOOST_AUTO_TEST_CASE(R_5_13_a_KeyUpdate_is_seen) {
    BOOST_TEST(verdict(22, "18000001 01") == "key update");
    BOOST_TEST(verdict(22, "18000001 00", false) == "key update");
}

BOOST_AUTO_TEST_CASE(what_has_no_place_after_the_handshake_is_unexpected) {
    BOOST_TEST(verdict(22, "01000000") == "unexpected"); // ClientHello: no second handshake
    BOOST_TEST(verdict(22, "0d000000") == "unexpected"); // CertificateRequest: not agreed on
    BOOST_TEST(verdict(20, "01") == "unexpected");
    BOOST_TEST(verdict(24, "01") == "unexpected");
    BOOST_TEST(verdict(21, "") == "unexpected");
    BOOST_TEST(verdict(22, "") == "unexpected");
}

BOOST_AUTO_TEST_CASE(records_of_two_kinds_are_not_mixed) {
    ControlRecords message(true);
    BOOST_TEST(word(message.feed(22, octets("04000004 aa"))) == "nothing");
    BOOST_TEST(word(message.data()) == "unexpected");
    BOOST_TEST(word(message.feed(21, octets("0100"))) == "unexpected");
    ControlRecords between(true);
    BOOST_TEST(word(between.feed(22, octets("04000001 aa"))) == "nothing");
    BOOST_TEST(word(between.data()) == "nothing");
    BOOST_TEST(word(between.feed(21, octets("0100"))) == "ended");
}

BOOST_AUTO_TEST_SUITE_END()
