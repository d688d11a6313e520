// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/policy.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::mount_helper;
using client::KnownServer;

namespace {

Result<MountPolicy> policy(const std::string &text, std::string_view server = "nfs1.example") {
    const auto ini = Ini::parse(text, "rpctls.conf");
    BOOST_TEST_REQUIRE(ini.has_value());
    return policy_for(*ini, server);
}

std::string chosen(const Seen &seen, const MountPolicy &demanded = {},
                   const std::optional<KnownServer> &known = {}) {
    const auto result = choose_protection(seen, demanded, known, "nfs1.example");
    return result ? std::string(to_string(*result)) : result.error().name;
}

} // namespace

BOOST_AUTO_TEST_SUITE(policy_of_mounts)

BOOST_AUTO_TEST_CASE(what_is_said_of_a_server_counts_more_than_what_is_said_of_all) {
    const std::string text = "[mount.NFS1.example]\nminimum=none\nidentity=lab\n"
                             "[mount]\nminimum=tls\n[authenticate.client]\nminimum=x\n";
    BOOST_TEST((policy(text)->minimum == Protection::none));
    BOOST_TEST(*policy(text)->identity == "lab");
    BOOST_TEST((policy(text, "nfs2.example")->minimum == Protection::tls));
    BOOST_TEST((policy("[mount.2001:db8::1]\nminimum=mtls\n", "[2001:DB8::1]")->minimum == Protection::mtls));
    BOOST_TEST(
        (policy("[mount.nfs1.example]\nminimum=mtls\n", "NFS1.example.")->minimum == Protection::mtls));
    BOOST_TEST((policy("")->minimum == Protection::none));
}

BOOST_AUTO_TEST_CASE(a_pin_asks_for_tls_at_least) {
    const auto pinned = policy("[mount.nfs1.example]\npin=x\nminimum=none\n");
    BOOST_TEST(pinned->pinned);
    BOOST_TEST((pinned->minimum == Protection::tls));
    BOOST_TEST((policy("[mount.nfs1.example]\nminimum=mtls\npin=x\n")->minimum == Protection::mtls));
    BOOST_TEST(!policy("[mount.nfs2.example]\npin=x\n")->pinned);
}

BOOST_AUTO_TEST_CASE(what_is_not_understood_is_refused_since_it_may_have_been_a_demand) {
    for (const auto *text : {"[mount]\nminimum=tsl\n", "[mount]\nminimun=tls\n",
                             "[mount.nfs1.example]\nidentity=a b\n", "[mount]\nminimum=\n"}) {
        const auto refused = policy(text);
        BOOST_TEST_REQUIRE(!refused.has_value(), text);
        BOOST_TEST(refused.error().name == "config-value");
    }
    BOOST_TEST(policy("[mount.other.example]\nminimum=tsl\n").has_value());
}

BOOST_AUTO_TEST_CASE(R_6_1_3_the_most_that_both_ends_can_is_chosen) {
    BOOST_TEST(chosen({}) == "none");
    BOOST_TEST(chosen({.tls_offered = true}) == "tls");
    BOOST_TEST(chosen({.tls_offered = true, .certificate_asked = true}) == "tls");
    BOOST_TEST(chosen({.tls_offered = true, .certificate_asked = true, .certificate_sent = true}) == "mtls");
}

BOOST_AUTO_TEST_CASE(R_6_1_1_1_never_less_than_the_minimum) {
    BOOST_TEST(chosen({}, {Protection::tls, {}}) == "below-minimum");
    BOOST_TEST(chosen({.tls_offered = true}, {Protection::mtls, {}}) == "below-minimum");
    BOOST_TEST(chosen({.tls_offered = true}, {Protection::tls, {}}) == "tls");
    BOOST_TEST(!check_minimum(Protection::tls, {Protection::mtls, {}}, "a").has_value());
    BOOST_TEST(check_minimum(Protection::mtls, {Protection::tls, {}}, "a").has_value());
}

BOOST_AUTO_TEST_CASE(R_6_1_1_1_never_less_than_the_server_has_shown_before) {
    const KnownServer with_tls{"nfs1.example", false, {}, {}};
    const KnownServer asking{"nfs1.example", true, {}, {}};
    BOOST_TEST(chosen({}, {}, with_tls) == "downgrade-refused");
    BOOST_TEST(chosen({.tls_offered = true}, {}, with_tls) == "tls");
    BOOST_TEST(chosen({.tls_offered = true}, {}, asking) == "downgrade-refused");
    BOOST_TEST(chosen({.tls_offered = true, .certificate_asked = true}, {}, asking) == "tls");
    const auto refused = choose_protection({}, {}, asking, "nfs1.example");
    BOOST_TEST(refused.error().hint.find("tlsctl known forget nfs1.example") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
