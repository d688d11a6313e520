// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/arguments.hpp"

#include "rpc/base/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls::mount_helper;
using Words = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(arguments)

BOOST_AUTO_TEST_CASE(flags_stand_anywhere_and_lists_of_options_add_up) {
    const auto parsed = parse_arguments(
        {"-v", "nfs1:/a", "-sfn", "/mnt", "-o", "rw", "-ohard,vers=4", "-r", "-t", "nfs4", "-N", "/ns"});
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->source == "nfs1:/a");
    BOOST_TEST(parsed->directory == "/mnt");
    BOOST_TEST(parsed->options.text() == "rw,hard,vers=4");
    BOOST_TEST((parsed->verbose && parsed->sloppy && parsed->fake && parsed->no_mtab && parsed->read_only));
    BOOST_TEST(!parsed->read_write);
    BOOST_TEST(parsed->type.value() == "nfs4");
    BOOST_TEST(parsed->name_space.value() == "/ns");
}

BOOST_AUTO_TEST_CASE(long_flags_are_those_of_nfs_utils) {
    const auto parsed =
        parse_arguments({"--verbose", "--options=rw", "--options", "soft", "--", "a:/", "-odd"});
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->verbose);
    BOOST_TEST(parsed->options.text() == "rw,soft");
    BOOST_TEST(parsed->directory == "-odd");
}

BOOST_AUTO_TEST_CASE(of_read_only_and_read_write_the_later_one_holds) {
    const auto last = [](Words flags) {
        flags.insert(flags.begin(), {"a:/", "/m"});
        return nfs_utils_words(*parse_arguments(flags), Options()).back();
    };
    BOOST_TEST(last({"-w", "-r"}) == "-r");
    BOOST_TEST(last({"-wr"}) == "-r");
    BOOST_TEST(last({"-rw"}) == "-w");
    BOOST_TEST(last({"--read-write", "--ro"}) == "-r");
}

BOOST_AUTO_TEST_CASE(misuse_is_an_error_that_shows_the_form) {
    for (const auto &words : {Words{}, Words{"a:/"}, Words{"a:/", "/m", "/n"}, Words{"a:/", "/m", "-x"},
                              Words{"a:/", "/m", "-o"}, Words{"a:/", "/m", "--frobnicate"}}) {
        const auto parsed = parse_arguments(words);
        BOOST_TEST_REQUIRE(!parsed.has_value(), rpctls::join(words, " "));
        BOOST_TEST(parsed.error().name == "usage");
        BOOST_TEST(parsed.error().hint.find("SERVER:/PATH") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(help_and_version_need_no_names) {
    BOOST_TEST(parse_arguments({"-h"})->help);
    BOOST_TEST(parse_arguments({"-V"})->version);
}

BOOST_AUTO_TEST_CASE(nfs_utils_gets_only_words_that_it_knows) {
    const auto parsed = parse_arguments({"a:/", "/m", "-sv", "-t", "nfstls", "-o", "xprtsec=tls"});
    const Words expected{"a:/", "/m", "-s", "-v", "-o", "xprtsec=tls"};
    BOOST_TEST(nfs_utils_words(*parsed, parsed->options) == expected, boost::test_tools::per_element());
    BOOST_TEST(nfs_utils_words(*parsed, Options()).back() == "-v");
}

BOOST_AUTO_TEST_SUITE_END()
