// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/known_servers.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <barrier>
#include <thread>

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

BOOST_AUTO_TEST_CASE(what_lies_beside_the_records_is_no_damaged_record) {
    const test::TemporaryDirectory root;
    const KnownServers record(root.path());
    BOOST_TEST_REQUIRE(record.remember("nfs1.example", false, noon).has_value());
    // The lock, and what runs that were killed have left.
    for (const char *name : {".lock", ".nfs1.example.aB3dE6", ".nfs1.example", "nfs1.example.aB3dE6"})
        BOOST_TEST_REQUIRE(write_file(record.directory() / name, as_bytes("{"), 0644).has_value());
    std::size_t damaged = 0;
    BOOST_TEST(record.list(damaged)->size() == 1u);
    BOOST_TEST(damaged == 0u);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_none_is_refused_by_whoever_is_given_it) {
    const test::TemporaryDirectory root;
    const KnownServers record(root.path());
    BOOST_TEST(!*record.forget("nfs1.example")); // before there is any record
    BOOST_TEST_REQUIRE(record.remember(".", false, noon).has_value());
    BOOST_TEST(*record.forget("."));
    // 100 characters, but each of them three in a file's name.
    for (const std::string &name :
         {std::string(), std::string("[]"), std::string(100, '/'), std::string(241, 'a')}) {
        for (const auto &word :
             {record.find(name) ? "taken" : record.find(name).error().name,
              record.forget(name) ? "taken" : record.forget(name).error().name,
              record.remember(name, false, noon) ? "taken" : record.remember(name, false, noon).error().name})
            BOOST_TEST(word == "server-name-invalid", name << ": " << word);
        BOOST_TEST(std::filesystem::is_directory(record.directory()));
    }
    BOOST_TEST(record.remember(std::string(240, 'a'), false, noon).has_value());
    BOOST_TEST(record.find(std::string(240, 'a'))->has_value());
}

BOOST_AUTO_TEST_CASE(of_two_mounts_at_once_neither_takes_back_what_the_other_has_learnt) {
    const test::TemporaryDirectory root;
    const KnownServers record(root.path());
    std::barrier together(2);
    std::size_t lost = 0;
    const auto mount = [&](bool asks_certificate, KnownServer::Time when) {
        for (int round = 0; round < 200; ++round) {
            together.arrive_and_wait();
            (void)record.remember("nfs1.example", asks_certificate, when);
            together.arrive_and_wait();
            if (asks_certificate) {
                lost += !(*record.find("nfs1.example"))->asks_certificate;
                (void)record.forget("nfs1.example");
            }
        }
    };
    std::thread other(mount, false, noon + hours(2));
    mount(true, noon);
    other.join();
    BOOST_TEST(lost == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
