// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/plan.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::agent;
using kernel::AuthMode;
using kernel::HandshakeRequest;
using kernel::MessageType;
using std::chrono::milliseconds;

namespace {

HandshakeRequest request(MessageType type, AuthMode mode, std::string peer_name = {}) {
    HandshakeRequest request;
    request.type = type;
    request.auth_mode = mode;
    request.peer_name = std::move(peer_name);
    return request;
}

template <class Choice>
const Choice *identity(const Result<Plan> &plan) {
    BOOST_TEST_REQUIRE(plan.has_value());
    return std::get_if<Choice>(&plan->identity);
}

} // namespace

BOOST_AUTO_TEST_SUITE(plan)

BOOST_AUTO_TEST_CASE(xprtsec_tls_is_an_anonymous_client_even_when_an_identity_is_registered) {
    const auto plan = make_plan(request(MessageType::client_hello, AuthMode::unauthenticated, "nfs1.example"),
                                "192.0.2.7", "laptop");
    BOOST_TEST(identity<NoIdentity>(plan) != nullptr);
    BOOST_TEST((plan->role == Role::client));
    BOOST_TEST(plan->server_name == "nfs1.example");
    BOOST_TEST((plan->time == client_time));
}

BOOST_AUTO_TEST_CASE(R_5_2_1_8_without_a_peer_name_the_reference_identity_is_the_address) {
    const auto plan = make_plan(request(MessageType::client_hello, AuthMode::x509), "192.0.2.7", {});
    BOOST_TEST(plan->server_name == "192.0.2.7");
}

BOOST_AUTO_TEST_CASE(the_keys_that_the_mount_names_go_before_all_others) {
    auto asked = request(MessageType::client_hello, AuthMode::x509, "nfs1.example");
    BOOST_TEST(identity<ConfiguredIdentity>(make_plan(asked, "", {})) != nullptr);
    const auto registered = make_plan(asked, "", "laptop");
    BOOST_TEST(identity<NamedIdentity>(registered)->name == "laptop");
    asked.certificates = {{11, 12}, {13, 14}};
    const auto named = make_plan(asked, "", "laptop");
    BOOST_TEST(identity<KeyIdentity>(named)->serials.certificate == 11);
    BOOST_TEST(identity<KeyIdentity>(named)->serials.private_key == 12);
}

BOOST_AUTO_TEST_CASE(a_certificate_without_its_key_is_refused_and_never_replaced_by_another_identity) {
    auto asked = request(MessageType::client_hello, AuthMode::x509, "nfs1.example");
    asked.certificates = {{11, 0}};
    const auto plan = make_plan(asked, "", "laptop");
    BOOST_TEST_REQUIRE(!plan.has_value());
    BOOST_TEST(plan.error().name == "keys-incomplete");
}

BOOST_AUTO_TEST_CASE(a_server_presents_its_own_identity_and_is_given_the_time_that_nfsd_waits) {
    const auto plan = make_plan(request(MessageType::server_hello, AuthMode::x509), "192.0.2.7", "laptop");
    BOOST_TEST(identity<ConfiguredIdentity>(plan) != nullptr);
    BOOST_TEST((plan->role == Role::server));
    BOOST_TEST(plan->server_name.empty());
    BOOST_TEST((plan->time == server_time));
}

BOOST_AUTO_TEST_CASE(the_time_comes_from_the_request_within_bounds) {
    auto asked = request(MessageType::client_hello, AuthMode::x509, "n");
    asked.timeout = milliseconds(700);
    BOOST_TEST((make_plan(asked, "", {})->time == milliseconds(700)));
    asked.timeout = milliseconds(4'000'000'000);
    BOOST_TEST((make_plan(asked, "", {})->time == longest_time));
}

BOOST_AUTO_TEST_CASE(a_pre_shared_key_is_the_kernels_for_a_client_and_the_peers_choice_for_a_server) {
    auto asked = request(MessageType::client_hello, AuthMode::psk);
    const auto without = make_plan(asked, "192.0.2.7", "laptop");
    BOOST_TEST_REQUIRE(!without.has_value());
    BOOST_TEST(without.error().name == "keys-incomplete");
    asked.peer_identities = {17};
    BOOST_TEST(identity<PskIdentity>(make_plan(asked, "192.0.2.7", "laptop")) != nullptr);
    const auto server = make_plan(request(MessageType::server_hello, AuthMode::psk), "192.0.2.7", {});
    BOOST_TEST(identity<PskIdentity>(server) != nullptr);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_done_is_refused_by_name) {
    BOOST_TEST(make_plan(request(MessageType::unspecified, AuthMode::x509), "", {}).error().name ==
               "request-invalid");
    BOOST_TEST(make_plan(request(MessageType::client_hello, AuthMode::unspecified), "", {}).error().name ==
               "request-invalid");
    BOOST_TEST(
        make_plan(request(MessageType::client_hello, static_cast<AuthMode>(77)), "", {}).error().name ==
        "request-invalid");
}

BOOST_AUTO_TEST_SUITE_END()
