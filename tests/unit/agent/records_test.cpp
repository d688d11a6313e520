// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/records.hpp"
#include "agent/registrations.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::agent;
using std::chrono::seconds;

namespace {

Error failure(const char *name) {
    return system_error(Stage::verify, name, "", 0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(records)

BOOST_AUTO_TEST_CASE(the_last_failure_is_remembered_for_a_minute_whatever_the_case_of_the_name) {
    Records records;
    const auto now = Records::Clock::now();
    records.remember("NFS1.example", failure("first"), now);
    records.remember("nfs1.example", failure("second"), now + seconds(1));
    BOOST_TEST(records.last_failure("nfs1.EXAMPLE", now + seconds(60))->name == "second");
    BOOST_TEST(!records.last_failure("nfs1.example", now + seconds(62)));
    BOOST_TEST(!records.last_failure("nfs2.example", now));
}

BOOST_AUTO_TEST_CASE(success_makes_a_failure_history) {
    Records records;
    records.remember("nfs1.example", failure("x"));
    records.forget("nfs1.example");
    BOOST_TEST(!records.last_failure("nfs1.example"));
}

BOOST_AUTO_TEST_CASE(only_so_many_failures_are_remembered_and_the_oldest_go_first) {
    Records records;
    const auto now = Records::Clock::now();
    for (std::size_t i = 0; i <= Records::most_remembered; ++i)
        records.remember("s" + std::to_string(i), failure("x"), now + std::chrono::milliseconds(i));
    BOOST_TEST(!records.last_failure("s0", now));
    BOOST_TEST(records.last_failure("s1", now).has_value());
}

BOOST_AUTO_TEST_CASE(failures_are_counted_by_cause_and_role) {
    Records records;
    records.count_success(Role::server, std::chrono::microseconds(700));
    records.count_failure(Role::client, failure("ca-not-trusted"));
    records.count_failure(Role::server, failure("ca-not-trusted"));
    records.count_failure(Role::server, failure("agent-overloaded"));
    records.count_failure(failure("accept-failed"));
    const auto totals = records.totals();
    BOOST_TEST(totals.handshakes == 1u);
    BOOST_TEST(totals.failures == 4u);
    BOOST_TEST(totals.rejected == 1u);
    BOOST_TEST(totals.causes.at("ca-not-trusted") == 2u);
    BOOST_TEST(totals.client.handshakes == 0u);
    BOOST_TEST(totals.client.causes.at("ca-not-trusted") == 1u);
    BOOST_TEST(totals.server.failures == 2u);
    BOOST_TEST(totals.server.latency.count() == 1u);
    BOOST_TEST(!totals.server.causes.contains("accept-failed"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(registrations)

BOOST_AUTO_TEST_CASE(a_registration_outlives_the_agent) {
    const test::TemporaryDirectory folder;
    {
        auto registrations = Registrations::load(folder / "servers.json");
        BOOST_TEST_REQUIRE(registrations.has_value());
        BOOST_TEST(registrations->set("NFS1.example", "laptop", false).has_value());
    }
    const auto registrations = Registrations::load(folder / "servers.json");
    BOOST_TEST_REQUIRE(registrations.has_value());
    BOOST_TEST(registrations->find("nfs1.example").value() == "laptop");
    BOOST_TEST(!registrations->find("nfs2.example"));
}

BOOST_AUTO_TEST_CASE(another_identity_for_the_same_server_is_a_conflict_unless_it_replaces) {
    const test::TemporaryDirectory folder;
    Registrations registrations(folder / "servers.json");
    BOOST_TEST(registrations.set("nfs1.example", "laptop", false).has_value());
    BOOST_TEST(registrations.set("nfs1.example", "laptop", false).has_value());
    const auto refused = registrations.set("Nfs1.example", "desktop", false);
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().name == "identity-conflict");
    BOOST_TEST(summary(refused.error()).find("laptop") != std::string::npos);
    BOOST_TEST(registrations.find("nfs1.example").value() == "laptop");
    BOOST_TEST(registrations.set("nfs1.example", "desktop", true).has_value());
    BOOST_TEST(registrations.find("nfs1.example").value() == "desktop");
    BOOST_TEST(registrations.clear("nfs1.example", false).error().name == "identity-conflict");
    BOOST_TEST(registrations.clear("NFS1.example", true).has_value());
    BOOST_TEST(registrations.clear("nfs1.example", false).has_value()); // nothing left to lose
    BOOST_TEST(!Registrations::load(folder / "servers.json")->find("nfs1.example"));
}

BOOST_AUTO_TEST_CASE(names_that_are_none_are_refused) {
    const test::TemporaryDirectory folder;
    Registrations registrations(folder / "servers.json");
    for (const auto &bad : {std::string(), std::string("a b"), std::string("a\n"), std::string(256, 'a')})
        BOOST_TEST(registrations.set(bad, "laptop", false).error().name == "server-name-invalid");
    BOOST_TEST(registrations.set("nfs1.example", "../x", false).error().name == "identity-name-invalid");
}

BOOST_AUTO_TEST_CASE(a_registration_that_cannot_be_written_is_not_made) {
    Registrations registrations("/nonexistent-directory/servers.json");
    BOOST_TEST(!registrations.set("nfs1.example", "laptop", false).has_value());
    BOOST_TEST(!registrations.find("nfs1.example"));
}

BOOST_AUTO_TEST_CASE(a_broken_file_is_reported_and_never_half_read) {
    const test::TemporaryDirectory folder;
    for (const std::string text : {"", "[]", "{\"servers\":{\"a\":1}}", "{\"servers\":{\"a b\":\"x\"}}",
                                   "{\"servers\":{\"a\":\"..\"}}", "{\"servers\":"}) {
        BOOST_TEST(write_file(folder / "servers.json", as_bytes(text), 0600).has_value());
        const auto loaded = Registrations::load(folder / "servers.json");
        BOOST_TEST_REQUIRE(!loaded.has_value(), text);
        BOOST_TEST(loaded.error().name == "registrations-unreadable");
    }
}

BOOST_AUTO_TEST_SUITE_END()
