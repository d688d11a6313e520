// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/handshake_message.hpp"

#include "tests/unit/kernel/netlink_octets.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <string>

using namespace rpctls;
using namespace rpctls::kernel;
using rpctls::test::NetlinkOctets;

namespace {

constexpr std::uint16_t family = 0x1c;
constexpr std::uint8_t ready = 1, accept = 2, done = 3;

Result<AcceptReply> parse(const std::vector<std::byte> &octets) {
    std::optional<int> ignored;
    return parse_accept_reply(octets, ignored);
}

} // namespace

BOOST_AUTO_TEST_SUITE(handshake_message)

BOOST_AUTO_TEST_CASE(a_full_request_arrives_in_all_its_parts) {
    const auto octets = NetlinkOctets::genl(family, accept)
                            .number(1, 9)
                            .number(3, 1)
                            .number(4, 7000)
                            .number(5, 3)
                            .number(6, 101)
                            .number(6, 102)
                            .put16(20)
                            .put16(7 | 0x8000) // NLA_F_NESTED, which some kernels set
                            .number(1, 201)
                            .number(2, 202)
                            .text(8, std::string_view("nfs1.example\0", 13))
                            .number(9, 301)
                            .done();
    const auto reply = parse(octets);
    BOOST_TEST_REQUIRE(reply.has_value());
    BOOST_TEST(reply->sockfd.value() == 9);
    BOOST_TEST(!reply->request.socket.is_open());
    BOOST_TEST((reply->request.type == MessageType::client_hello));
    BOOST_TEST((reply->request.auth_mode == AuthMode::x509));
    BOOST_TEST(reply->request.timeout.count() == 7000);
    BOOST_TEST(reply->request.peer_identities == (std::vector<std::int32_t>{101, 102}));
    BOOST_TEST_REQUIRE(reply->request.certificates.size() == 1u);
    BOOST_TEST(reply->request.certificates[0].certificate == 201);
    BOOST_TEST(reply->request.certificates[0].private_key == 202);
    BOOST_TEST(reply->request.peer_name == "nfs1.example");
    BOOST_TEST(reply->request.keyring == 301);
}

BOOST_AUTO_TEST_CASE(a_request_that_says_little_has_defaults) {
    const auto reply =
        parse(NetlinkOctets::genl(family, accept).number(1, 5).number(3, 2).number(5, 3).done());
    BOOST_TEST_REQUIRE(reply.has_value());
    BOOST_TEST((reply->request.type == MessageType::server_hello));
    BOOST_TEST(reply->request.timeout.count() == 0);
    BOOST_TEST(reply->request.peer_name.empty());
    BOOST_TEST(reply->request.certificates.empty());
}

BOOST_AUTO_TEST_CASE(attributes_of_later_kernels_are_passed_over) {
    const auto reply =
        parse(NetlinkOctets::genl(family, accept).number(1, 5).number(42, 1).number(3, 1).done());
    BOOST_TEST_REQUIRE(reply.has_value());
    BOOST_TEST((reply->request.type == MessageType::client_hello));
}

BOOST_AUTO_TEST_CASE(a_request_without_a_socket_is_refused) {
    const auto reply = parse(NetlinkOctets::genl(family, accept).number(3, 1).done());
    BOOST_TEST_REQUIRE(!reply.has_value());
    BOOST_TEST(reply.error().name == "handshake-message-invalid");
}

BOOST_AUTO_TEST_CASE(a_malformed_attribute_still_gives_the_socket_to_answer_for) {
    const auto octets = NetlinkOctets::genl(family, accept).number(1, 12).put16(6).put16(3).put32(1).done();
    std::optional<int> sockfd;
    BOOST_TEST(!parse_accept_reply(octets, sockfd).has_value());
    BOOST_TEST(sockfd.value() == 12);
}

BOOST_AUTO_TEST_CASE(every_shorter_message_is_refused_or_read_within_its_bounds) {
    const auto whole = NetlinkOctets::genl(family, accept).number(1, 5).number(3, 1).text(8, "name").done();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        BOOST_TEST(!parse(cut).has_value(), "length " << length);
    }
}

BOOST_AUTO_TEST_CASE(a_flood_of_serials_is_bounded) {
    auto octets = NetlinkOctets::genl(family, accept).number(1, 5);
    for (std::uint32_t i = 0; i < 500; ++i)
        octets.number(6, i);
    const auto reply = parse(octets.done());
    BOOST_TEST_REQUIRE(reply.has_value());
    BOOST_TEST(reply->request.peer_identities.size() == most_serials);
}

BOOST_AUTO_TEST_CASE(only_our_own_class_of_our_own_family_is_an_announcement) {
    const auto is = [](const std::vector<std::byte> &octets) {
        return is_ready_notification(octets, family);
    };
    BOOST_TEST(is(NetlinkOctets::genl(family, ready).number(2, 1).done()));
    BOOST_TEST(!is(NetlinkOctets::genl(family, ready).number(2, 0).done()));
    BOOST_TEST(!is(NetlinkOctets::genl(family, ready).done()));
    BOOST_TEST(!is(NetlinkOctets::genl(family, done).number(2, 1).done()));
    BOOST_TEST(!is(NetlinkOctets::genl(family + 1, ready).number(2, 1).done()));
    BOOST_TEST(!is({}));
}

BOOST_AUTO_TEST_CASE(accept_names_the_class_and_asks_for_no_acknowledgement) {
    auto expected = NetlinkOctets(family, 7, 1 /* NLM_F_REQUEST */);
    expected.put8(accept).put8(1).put16(0).number(2, 1);
    BOOST_TEST(build_accept(family, 7, 1) == expected.done());
}

BOOST_AUTO_TEST_CASE(done_sends_what_it_has_to_say_and_no_more) {
    auto failure = NetlinkOctets(family, 8, 5 /* NLM_F_REQUEST | NLM_F_ACK */);
    failure.put8(done).put8(1).put16(0).number(1, EACCES).number(2, 9);
    BOOST_TEST(build_done(family, 8, 9, {.status = EACCES, .remote_auth = {}, .tags = {}}) == failure.done());

    auto success = NetlinkOctets(family, 8, 5);
    success.put8(done).put8(1).put16(0).number(1, 0).number(2, 9).number(3, 77);
    BOOST_TEST(build_done(family, 8, 9, {.status = 0, .remote_auth = {77}, .tags = {}}) == success.done());
}

BOOST_AUTO_TEST_CASE(tags_follow_the_outcome_within_the_kernels_bounds) {
    NetlinkOctets expected(family, 8, 0x1 | 0x4);
    expected.put8(done).put8(1).put16(0).number(1, 0).number(2, 9).number(3, 77);
    expected.text(4, std::string_view("lab\0", 4)).text(4, std::string_view("staff\0", 6));
    HandshakeOutcome outcome{.status = 0, .remote_auth = {77}, .tags = {"lab", "staff"}};
    BOOST_TEST(build_done(family, 8, 9, outcome) == expected.done());
    outcome.tags = {"lab", "", std::string(256, 'x'), std::string("a\0b", 3), "staff"};
    BOOST_TEST(build_done(family, 8, 9, outcome) == expected.done());
    outcome.tags.assign(100, std::string(255, 'x'));
    BOOST_TEST(build_done(family, 8, 9, outcome).size() == 20u + 3 * 8 + 64 * 260);
}

BOOST_AUTO_TEST_CASE(errors_and_acknowledgements_are_told_apart) {
    const auto refused = NetlinkOctets(2, 3).put32(static_cast<std::uint32_t>(-EAGAIN)).put32(0).done();
    auto both = refused;
    const auto acknowledged = NetlinkOctets(2, 4).put32(0).done();
    both.insert(both.end(), acknowledged.begin(), acknowledged.end());
    std::span<const std::byte> octets(both);
    auto answer = next_answer(octets);
    BOOST_TEST_REQUIRE(answer.has_value());
    BOOST_TEST(answer->sequence == 3u);
    BOOST_TEST(answer->error.value() == EAGAIN);
    answer = next_answer(octets);
    BOOST_TEST_REQUIRE(answer.has_value());
    BOOST_TEST(answer->sequence == 4u);
    BOOST_TEST(answer->error.value() == 0);
    BOOST_TEST(octets.empty());
    BOOST_TEST(!next_answer(octets).has_value());
}

BOOST_AUTO_TEST_CASE(an_error_without_its_number_is_no_answer) {
    const auto octets = NetlinkOctets(2, 3).done();
    std::span<const std::byte> rest(octets);
    BOOST_TEST(!next_answer(rest).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
