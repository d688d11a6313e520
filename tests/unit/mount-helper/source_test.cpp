// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/source.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls::mount_helper;

BOOST_AUTO_TEST_SUITE(source)

BOOST_AUTO_TEST_CASE(names_and_addresses_come_without_brackets) {
    const struct {
        const char *text, *host, *path;
    } examples[] = {
        {"nfs1.example:/export", "nfs1.example", "/export"},
        {"192.0.2.7:/", "192.0.2.7", "/"},
        {"[2001:db8::7]:/a:b", "2001:db8::7", "/a:b"},
        {"[fe80::1%eth0]:/", "fe80::1%eth0", "/"},
        {"nfs1:relative", "nfs1", "relative"},
        {"nfs1:/with://in/it", "nfs1", "/with://in/it"},
        // nfs-utils takes these for the root and a path below it.
        {"nfs1:", "nfs1", ""},
        {"[2001:db8::7]:", "2001:db8::7", ""},
        {"nfs1://export", "nfs1", "//export"},
    };
    for (const auto &example : examples) {
        const auto source = parse_source(example.text);
        BOOST_TEST_REQUIRE(source.has_value(), example.text);
        BOOST_TEST(source->host == example.host);
        BOOST_TEST(source->path == example.path);
        BOOST_TEST(to_string(*source) == example.text);
    }
}

BOOST_AUTO_TEST_CASE(what_names_no_single_server_is_refused) {
    for (const auto *bad : {"", "/dev/sda1", "nfs1", ":/a", "[::1:/a", "[]:/a", "/a:b", "nfs://nfs1/a"}) {
        const auto source = parse_source(bad);
        BOOST_TEST_REQUIRE(!source.has_value(), bad);
        BOOST_TEST(source.error().name == "source-invalid");
        BOOST_TEST(!source.error().hint.empty());
    }
    BOOST_TEST(parse_source("nfs1,nfs2:/a").error().name == "several-servers");
}

BOOST_AUTO_TEST_SUITE_END()
