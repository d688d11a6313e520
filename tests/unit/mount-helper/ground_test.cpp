// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/ground.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::mount_helper;
using kernel::Answer;

BOOST_AUTO_TEST_SUITE(ground)

BOOST_AUTO_TEST_CASE(a_kernel_is_refused_for_what_it_says_it_lacks_only) {
    kernel::Capabilities kernel{"6.1.0", Answer::unknown, Answer::unknown, Answer::unknown, Answer::unknown};
    BOOST_TEST(check_kernel(kernel).has_value());
    kernel = {"6.1.0", Answer::yes, Answer::yes, Answer::no, Answer::no};
    BOOST_TEST(check_kernel(kernel).error().name == "xprtsec-unsupported");
    BOOST_TEST(summary(check_kernel(kernel).error()).find("6.1.0") != std::string::npos);
    kernel = {"6.12", Answer::no, Answer::yes, Answer::yes, Answer::no};
    BOOST_TEST(check_kernel(kernel).error().name == "ktls-unavailable");
    kernel = {"6.12", Answer::yes, Answer::no, Answer::no, Answer::no};
    BOOST_TEST(check_kernel(kernel).error().name == "nfs-unsupported");
}

BOOST_AUTO_TEST_CASE(only_a_certain_absence_of_the_agent_is_a_fault) {
    using State = kernel::AgentPresence::State;
    BOOST_TEST(check_agent({State::present, {}, {}}).has_value());
    BOOST_TEST(check_agent({State::unknown, {}, {}}).has_value());
    const auto absent = check_agent({State::absent, {}, {}});
    BOOST_TEST(absent.error().name == "agent-absent");
    BOOST_TEST(absent.error().hint.find("rpctlsd") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_pin_needs_the_agent_that_keeps_it) {
    client::MountPolicy policy;
    Surroundings here;
    here.agent_program = "tlshd";
    BOOST_TEST(check_pins(policy, here).has_value());
    policy.pinned = true;
    const auto refused = check_pins(policy, here);
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().name == "pin-needs-rpctlsd");
    BOOST_TEST(summary(refused.error()).find("tlshd") != std::string::npos);
    here.agent_is_ours = true;
    BOOST_TEST(check_pins(policy, here).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
