// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/service_policy.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::agent;
using Request = client::AgentHandshakeRequest;

namespace {

const Accounts accounts{[](const std::string &name) -> std::optional<uid_t> {
                            return name == "alice" ? std::optional<uid_t>(1000)
                                   : name == "bob" ? std::optional<uid_t>(1001)
                                                   : std::nullopt;
                        },
                        [](const std::string &name) -> std::optional<gid_t> {
                            return name == "web" ? std::optional<gid_t>(33) : std::nullopt;
                        }};

Result<ServicePolicy> policy_of(std::string_view text) {
    tls::Settings settings;
    settings.origin = "/etc/rpctls/rpctls.conf";
    const auto ini = Ini::parse(text, "/etc/rpctls/rpctls.conf");
    BOOST_TEST_REQUIRE(ini.has_value());
    settings.service = ini->entries();
    return ServicePolicy::make(settings, accounts);
}

Request as(Request::Role role, std::string identity) {
    Request request;
    request.role = role;
    request.server_name = "server.example";
    request.present = identity == "none"         ? Request::Present::nothing
                      : identity == "configured" ? Request::Present::configured
                                                 : Request::Present::named;
    request.identity = std::move(identity);
    return request;
}

const ControlSender root{0, 0, 1, {}};
const ControlSender alice{1000, 1000, 2, {}};
const ControlSender bob{1001, 1001, 3, {}};
const ControlSender bob_of_web{1001, 1001, 3, {5, 33}};
const ControlSender web{1002, 33, 4, {}};

constexpr auto client_role = Request::Role::client;
constexpr auto server_role = Request::Role::server;

} // namespace

BOOST_AUTO_TEST_SUITE(service_policy)

BOOST_AUTO_TEST_CASE(without_a_section_root_may_everything_and_nobody_else_anything) {
    const auto policy = policy_of("").value();
    BOOST_TEST(policy.check(root, as(server_role, "web")).has_value());
    BOOST_TEST(policy.check(root, as(client_role, "configured")).has_value());
    const auto refused = policy.check(alice, as(client_role, "none"));
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().name == "service-not-allowed");
    BOOST_TEST((refused.error().facts ==
                std::vector<Fact>{{"uid", "1000"}, {"role", "client"}, {"identity", "none"}}));
    BOOST_TEST(refused.error().hint.find("[service.NAME] of /etc/rpctls/rpctls.conf") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_section_allows_its_users_its_roles_and_its_identities_and_no_more) {
    const auto policy = policy_of("[service.a]\nusers=alice\nroles=server\nidentity=web, mail\n").value();
    BOOST_TEST(policy.warnings().empty());
    BOOST_TEST(policy.check(alice, as(server_role, "web")).has_value());
    BOOST_TEST(policy.check(alice, as(server_role, "mail")).has_value());
    BOOST_TEST(!policy.check(alice, as(server_role, "configured")).has_value());
    BOOST_TEST(!policy.check(alice, as(server_role, "other")).has_value());
    BOOST_TEST(!policy.check(alice, as(client_role, "web")).has_value());
    BOOST_TEST(!policy.check(alice, as(client_role, "none")).has_value());
    BOOST_TEST(!policy.check(bob, as(server_role, "web")).has_value());
    BOOST_TEST((policy.identities() ==
                std::set<std::pair<Role, std::string>>{{Role::server, "web"}, {Role::server, "mail"}}));
}

BOOST_AUTO_TEST_CASE(a_section_that_says_nothing_more_is_for_anonymous_clients) {
    const auto policy = policy_of("[service.a]\nusers=*\n").value();
    BOOST_TEST(policy.check(bob, as(client_role, "none")).has_value());
    BOOST_TEST(!policy.check(bob, as(client_role, "configured")).has_value());
    BOOST_TEST(!policy.check(bob, as(server_role, "configured")).has_value());
}

BOOST_AUTO_TEST_CASE(primary_and_supplementary_groups_count) {
    const auto policy = policy_of("[service.a]\ngroups=web\nidentity=configured\n").value();
    BOOST_TEST(policy.check(web, as(client_role, "configured")).has_value());
    BOOST_TEST(policy.check(bob_of_web, as(client_role, "configured")).has_value());
    BOOST_TEST(!policy.check(bob, as(client_role, "configured")).has_value());
    BOOST_TEST(!policy.check(bob_of_web, as(client_role, "none")).has_value());
}

BOOST_AUTO_TEST_CASE(what_two_sections_allow_does_not_mix) {
    const auto policy = policy_of("[service.a]\nusers=alice\nroles=server\nidentity=web\n"
                                  "[service.b]\nusers=alice, bob\nroles=client\nidentity=mail\n")
                            .value();
    BOOST_TEST(policy.check(alice, as(client_role, "mail")).has_value());
    BOOST_TEST(policy.check(bob, as(client_role, "mail")).has_value());
    BOOST_TEST(!policy.check(alice, as(server_role, "mail")).has_value());
    BOOST_TEST(!policy.check(alice, as(client_role, "web")).has_value());
}

BOOST_AUTO_TEST_CASE(unknown_accounts_and_options_are_warnings_and_let_nobody_in) {
    const auto policy =
        policy_of("[service.a]\nusers=mallory\ngroups=nobody\nuser=alice\n[service]\nmost=1\n").value();
    BOOST_TEST(policy.warnings().size() == 5u);
    BOOST_TEST(policy.warnings().front() ==
               "/etc/rpctls/rpctls.conf line 2: [service.a] users: there is no user mallory");
    BOOST_TEST(policy.warnings().back() ==
               "/etc/rpctls/rpctls.conf: [service.a] lets nobody in: it names neither users nor groups that "
               "exist");
    BOOST_TEST(!policy.check(alice, as(client_role, "none")).has_value());
}

BOOST_AUTO_TEST_CASE(values_that_cannot_be_understood_are_errors) {
    for (const char *text :
         {"[service.a]\nroles=clients\n", "[service.a]\nidentity=a/b\n", "[service]\nmost_per_user=0\n",
          "[service]\nmost_per_user=many\n", "[service]\nmost_per_user=100000\n"}) {
        const auto policy = policy_of(text);
        BOOST_TEST_REQUIRE(!policy.has_value(), text);
        BOOST_TEST(policy.error().name == "config-value");
    }
    BOOST_TEST(policy_of("[service]\nmost_per_user=3\n")->most_per_user() == 3u);
}

BOOST_AUTO_TEST_CASE(names_are_looked_up_on_this_host) {
    const Accounts here = system_accounts();
    BOOST_TEST((here.user("root") == 0u));
    BOOST_TEST((here.group("root") == 0u));
    BOOST_TEST((here.user("1234") == 1234u));
    BOOST_TEST(!here.user("no-such-user-here").has_value());
    BOOST_TEST(!here.user("4294967295").has_value()); // what system calls take for "no change"
    BOOST_TEST(!here.group("").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
