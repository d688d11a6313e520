// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/options.hpp"

#include <boost/test/unit_test.hpp>

using rpctls::mount_helper::Options;

BOOST_AUTO_TEST_SUITE(options)

BOOST_AUTO_TEST_CASE(what_is_not_changed_comes_out_as_it_went_in) {
    for (const auto *text : {"", "rw", "rw,vers=4.2,sec=sys",
                             "context=\"system_u:object_r:nfs_t:s0:c127,c456\",rw", "x=", "a=b=c,a=d"})
        BOOST_TEST(Options(text).text() == text);
    BOOST_TEST(Options("rw,,hard,").text() == "rw,hard");
}

BOOST_AUTO_TEST_CASE(the_last_value_counts_and_quotes_are_not_part_of_it) {
    const Options options("vers=3,rw,context=\"a,b\",vers=4");
    BOOST_TEST(options.get("vers").value() == "4");
    BOOST_TEST(options.get("rw").value() == "");
    BOOST_TEST(options.get("context").value() == "a,b");
    BOOST_TEST(!options.get("b"));
    BOOST_TEST(!options.get("ver"));
}

BOOST_AUTO_TEST_CASE(several_lists_count_as_one) {
    Options options("rw");
    options.append("vers=4.2,hard");
    BOOST_TEST(options.text() == "rw,vers=4.2,hard");
}

BOOST_AUTO_TEST_CASE(removing_takes_every_occurrence_and_keeps_the_order) {
    Options options("tls_identity=a,rw,tls_identity=b,hard");
    options.remove("tls_identity");
    BOOST_TEST(options.text() == "rw,hard");
    options.remove("absent");
    BOOST_TEST(options.text() == "rw,hard");
}

BOOST_AUTO_TEST_CASE(setting_replaces_where_the_last_one_stood_or_appends) {
    Options options("xprtsec=tls,rw,xprtsec=mtls,hard");
    options.set("xprtsec", "tls");
    BOOST_TEST(options.text() == "rw,xprtsec=tls,hard");
    options.set("cert_serial", "12");
    BOOST_TEST(options.text() == "rw,xprtsec=tls,hard,cert_serial=12");
}

BOOST_AUTO_TEST_CASE(a_quote_without_end_keeps_the_rest_together) {
    const Options options("rw,context=\"a,tls_identity=x");
    BOOST_TEST(!options.has("tls_identity"));
    BOOST_TEST(options.text() == "rw,context=\"a,tls_identity=x");
}

BOOST_AUTO_TEST_SUITE_END()
