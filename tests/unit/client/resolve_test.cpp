// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/resolve.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::client;

BOOST_AUTO_TEST_SUITE(resolving)

namespace {

Deadline soon() {
    return Deadline::after(std::chrono::seconds(10));
}

std::string one(std::string_view host) {
    const auto addresses = resolve(host, 2049, soon());
    if (!addresses)
        return addresses.error().name;
    return addresses->size() == 1 ? addresses->front().text()
                                  : std::to_string(addresses->size()) + " addresses";
}

std::string parts(std::string_view text) {
    const auto parsed = parse_host_port(text);
    if (!parsed)
        return parsed.error().name;
    return parsed->host + " " + (parsed->port ? std::to_string(*parsed->port) : "-");
}

} // namespace

BOOST_AUTO_TEST_CASE(literals_need_no_resolver) {
    BOOST_TEST(one("192.0.2.7") == "192.0.2.7");
    BOOST_TEST(one("2001:DB8::7") == "2001:db8::7");
    BOOST_TEST(one("[2001:db8::7]") == "2001:db8::7");
    BOOST_TEST(one("fe80::1%lo") == "fe80::1%lo");
    BOOST_TEST(one("[fe80::1%lo]") == "fe80::1%lo");
    BOOST_TEST(one("[fe80::1]%lo") == "fe80::1%lo");
}

BOOST_AUTO_TEST_CASE(a_literal_is_not_kept_waiting_by_a_deadline_that_has_passed) {
    BOOST_TEST(resolve("192.0.2.7", 1, Deadline::after(std::chrono::seconds(-1))).has_value());
}

BOOST_AUTO_TEST_CASE(localhost_is_found) {
    const auto addresses = resolve("localhost", 2049, soon());
    BOOST_TEST_REQUIRE(addresses.has_value());
    BOOST_TEST(!addresses->empty());
}

BOOST_AUTO_TEST_CASE(a_name_that_cannot_be_is_not_found) {
    BOOST_TEST(one("") == "name-not-found");
    BOOST_TEST(one(std::string_view("a\0b", 3)) == "name-not-found");
}

BOOST_AUTO_TEST_CASE(the_deadline_holds_while_the_resolver_is_slow) {
    const auto start = std::chrono::steady_clock::now();
    const auto addresses = resolve("no-such-host.invalid", 1, Deadline::after(std::chrono::milliseconds(1)));
    BOOST_TEST(!addresses.has_value());
    BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(1)));
}

BOOST_AUTO_TEST_CASE(host_and_port_are_taken_apart) {
    BOOST_TEST(parts("nfs1.example") == "nfs1.example -");
    BOOST_TEST(parts("nfs1.example:20049") == "nfs1.example 20049");
    BOOST_TEST(parts("192.0.2.7:1") == "192.0.2.7 1");
    BOOST_TEST(parts("2001:db8::7") == "2001:db8::7 -");
    BOOST_TEST(parts("[2001:db8::7]") == "2001:db8::7 -");
    BOOST_TEST(parts("[2001:db8::7]:65535") == "2001:db8::7 65535");
    BOOST_TEST(parts("[fe80::7%eth0]:2049") == "fe80::7%eth0 2049");
}

BOOST_AUTO_TEST_CASE(what_is_no_host_or_port_is_refused) {
    for (const char *text : {"", ":2049", "[", "[]", "[]:1", "a b", "a/b", "[::1", "::1]"})
        BOOST_TEST(parts(text) == "host-invalid", text);
    for (const char *text : {"a:", "a:0", "a:65536", "a:-1", "a:nfs", "[::1]:"})
        BOOST_TEST(parts(text) == "port-invalid", text);
}

BOOST_AUTO_TEST_SUITE_END()
