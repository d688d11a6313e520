// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/fair_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace rpctls::agent;

BOOST_AUTO_TEST_SUITE(fair_queue)

BOOST_AUTO_TEST_CASE(keys_take_turns_and_each_keeps_its_order) {
    FairQueue<std::string> queue;
    for (const char *item : {"a1", "a2", "a3", "a4", "b1", "c1", "b2"})
        queue.push(std::string(item, 1), item);
    std::vector<std::string> order;
    while (!queue.empty())
        order.push_back(queue.pop());
    const std::vector<std::string> expected{"a1", "b1", "c1", "a2", "b2", "a3", "a4"};
    BOOST_TEST(order == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_newcomer_waits_for_one_item_of_each_other_key_at_most) {
    FairQueue<int> queue;
    for (int i = 0; i < 1000; ++i)
        queue.push("greedy", 0);
    (void)queue.pop();
    queue.push("modest", 1);
    BOOST_TEST(queue.pop() == 0);
    BOOST_TEST(queue.pop() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
