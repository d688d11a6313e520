// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/netlink_groups.hpp"

#include "tests/unit/kernel/netlink_octets.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls::kernel;
using rpctls::test::NetlinkOctets;

namespace {

std::vector<std::byte> diag(std::uint64_t first_groups, std::uint64_t next_groups) {
    auto octets = NetlinkOctets(20);
    octets.put8(16).put8(3).put8(16).put8(0).put32(4711).put32(0).put32(0).put32(9999).put32(0).put32(0);
    octets.put16(8).put16(0).put32(0); // another attribute first
    octets.put16(20).put16(1).put64(first_groups).put64(next_groups);
    return octets.done();
}

constexpr auto proc =
    "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
    "0000000000000000 16  812        00000400 0        0        0     2        0        5001\n"
    "0000000000000000 15  1          00000400 0        0        0     2        0        5002\n"
    "0000000000000000 16  0          00000000 0        0        0     2        0        5003\n"
    "0000000000000000 16  -4294      80000000 0        0        0     2        0        5004\n"
    "broken line\n";

} // namespace

BOOST_AUTO_TEST_SUITE(netlink_groups)

BOOST_AUTO_TEST_CASE(a_socket_is_in_the_groups_whose_bits_are_set) {
    const auto octets = diag(std::uint64_t(1) << 10, std::uint64_t(1) << 1);
    const auto member = member_from_diag(octets, 11);
    BOOST_TEST_REQUIRE(member.has_value());
    BOOST_TEST(member->port == 4711u);
    BOOST_TEST(member->inode == 9999u);
    BOOST_TEST(member_from_diag(octets, 66).has_value());
    for (const unsigned other : {0u, 1u, 10u, 12u, 65u, 67u, 129u, 100'000u})
        BOOST_TEST(!member_from_diag(octets, other).has_value(), other);
}

BOOST_AUTO_TEST_CASE(a_cut_answer_has_no_member) {
    auto octets = diag(~std::uint64_t(0), 0);
    BOOST_TEST(member_from_diag(octets, 1).has_value());
    while (!octets.empty()) {
        octets.pop_back();
        BOOST_TEST(!member_from_diag(octets, 1).has_value());
    }
}

BOOST_AUTO_TEST_CASE(proc_shows_generic_netlink_sockets_of_the_first_32_groups) {
    const auto members = members_from_proc(proc, 11);
    BOOST_TEST_REQUIRE(members.size() == 1u);
    BOOST_TEST(members[0].port == 812u);
    BOOST_TEST(members[0].inode == 5001u);
    BOOST_TEST(members_from_proc(proc, 32).size() == 1u);
    BOOST_TEST(members_from_proc(proc, 12).empty());
    BOOST_TEST(members_from_proc(proc, 33).empty());
    BOOST_TEST(members_from_proc(proc, 0).empty());
    BOOST_TEST(members_from_proc("", 11).empty());
}

BOOST_AUTO_TEST_SUITE_END()
