// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/known_servers.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::client;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const KnownServer::Time noon{std::chrono::seconds(1795262400)};

} // namespace

BOOST_AUTO_TEST_SUITE(known_servers)

BOOST_AUTO_TEST_CASE(a_server_is_known_by_any_way_to_write_it_and_what_is_known_only_grows) {
    const test::TemporaryDirectory root;
    const KnownServers record(root.path());
    BOOST_TEST(!record.find("nfs1.example")->has_value());
    BOOST_TEST_REQUIRE(record.remember("NFS1.Example.", true, noon).has_value());
    BOOST_TEST_REQUIRE(record.remember("nfs1.example", false, noon + hours(30)).has_value());
    const auto known = record.find("nfs1.EXAMPLE");
    BOOST_TEST_REQUIRE(known->has_value());
    BOOST_TEST((*known)->asks_certificate);
    BOOST_TEST(((*known)->first == noon));
    BOOST_TEST(((*known)->last == noon + hours(30)));
    BOOST_TEST_REQUIRE(record.remember("[2001:db8::1]", false, noon).has_value());
    BOOST_TEST(record.find("2001:DB8::1")->has_value());
}

BOOST_AUTO_TEST_CASE(it_is_written_at_most_once_an_hour_unless_the_clock_was_set_back) {
    const test::TemporaryDirectory root;
    const KnownServers record(root.path());
    const auto last = [&] { return (*record.find("a"))->last; };
    BOOST_TEST_REQUIRE(record.remember("a", false, noon).has_value());
    BOOST_TEST_REQUIRE(record.remember("a", false, noon + minutes(59)).has_value());
    BOOST_TEST((last() == noon));
    BOOST_TEST_REQUIRE(record.remember("a", false, noon + hours(1)).has_value());
    BOOST_TEST((last() == noon + hours(1)));
    BOOST_TEST_REQUIRE(record.remember("a", false, noon - hours(9)).has_value());
    BOOST_TEST((last() == noon - hours(9)));
    BOOST_TEST_REQUIRE(record.remember("a", true, noon - hours(9)).has_value());
    BOOST_TEST((*record.find("a"))->asks_certificate);
}

BOOST_AUTO_TEST_CASE(hostile_names_stay_inside_and_damaged_records_are_no_absent_ones) {
    const test::TemporaryDirectory root;
    const KnownServers record(root.path());
    BOOST_TEST_REQUIRE(record.remember("../../etc/x", false, noon).has_value());
    BOOST_TEST(record.find("../../etc/x")->has_value());
    BOOST_TEST(std::filesystem::exists(record.directory() / "=2e.=2f..=2fetc=2fx"));
    BOOST_TEST(!record.remember("", false, noon).has_value());
    BOOST_TEST(!record.remember(std::string(300, 'a'), false, noon).has_value());

    for (const std::string text :
         {"", "{}", "[]", "{\"server\":\"b\",\"asks_certificate\":false,\"first\":0,\"last\":-1}",
          "{\"server\":\"c\",\"asks_certificate\":false,\"first\":0,\"last\":1}"}) {
        BOOST_TEST_REQUIRE(write_file(record.directory() / "b", as_bytes(text), 0644).has_value());
        const auto found = record.find("b");
        BOOST_TEST_REQUIRE(!found.has_value(), text);
        BOOST_TEST(found.error().name == "known-server-damaged");
        BOOST_TEST(!record.remember("b", false, noon).has_value());
    }
    std::size_t damaged = 0;
    BOOST_TEST(record.list(damaged)->size() == 1u);
    BOOST_TEST(damaged == 1u);
    BOOST_TEST(*record.forget("b"));
    BOOST_TEST(!*record.forget("b"));
}

BOOST_AUTO_TEST_SUITE_END()
