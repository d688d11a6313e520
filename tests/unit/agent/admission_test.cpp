// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/admission.hpp"
#include "agent/outcome.hpp"
#include "agent/peer_address.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <vector>

using namespace rpctls;
using namespace rpctls::agent;

BOOST_AUTO_TEST_SUITE(admission)

BOOST_AUTO_TEST_CASE(places_are_bounded_in_all_and_for_each_peer_and_come_back) {
    Admission admission(5, 3);
    std::vector<Admission::Place> held;
    for (int i = 0; i < 3; ++i)
        held.push_back(*admission.admit("192.0.2.1"));
    const auto fourth = admission.admit("192.0.2.1");
    BOOST_TEST_REQUIRE(!fourth);
    BOOST_TEST(fourth.error().name == "peer-overloaded");
    BOOST_TEST(status_for(fourth.error()) == ETIMEDOUT);
    BOOST_TEST(admission.crowded("192.0.2.1"));
    BOOST_TEST(!admission.crowded("192.0.2.2"));
    held.push_back(*admission.admit("192.0.2.2"));
    BOOST_TEST(admission.crowded("192.0.2.2"));
    held.push_back(*admission.admit("192.0.2.3"));
    const auto sixth = admission.admit("192.0.2.4");
    BOOST_TEST_REQUIRE(!sixth);
    BOOST_TEST(sixth.error().name == "agent-overloaded");

    held.erase(held.begin());
    BOOST_TEST(admission.admitted() == 4u);
    BOOST_TEST(admission.admit("192.0.2.1").has_value());
    held.clear();
    BOOST_TEST(admission.admitted() == 0u);
    BOOST_TEST(!admission.crowded("192.0.2.1"));
}

BOOST_AUTO_TEST_CASE(a_place_may_outlive_the_book_it_is_in) {
    Admission::Place place;
    {
        Admission admission(1, 1);
        place = *admission.admit("192.0.2.1");
    }
    place.reset();
}

BOOST_AUTO_TEST_CASE(the_addresses_of_one_ipv6_network_count_together) {
    BOOST_TEST(peer_group("192.0.2.7") == "192.0.2.7");
    BOOST_TEST(peer_group("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    BOOST_TEST(peer_group("2001:db8:1:2::9") == peer_group("2001:db8:1:2:3:4:5:6"));
    BOOST_TEST(peer_group("") == "");
}

BOOST_AUTO_TEST_SUITE_END()
