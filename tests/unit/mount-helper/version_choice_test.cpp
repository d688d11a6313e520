// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/version_choice.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::mount_helper;

BOOST_AUTO_TEST_SUITE(version_choice)

BOOST_AUTO_TEST_CASE(every_spelling_of_a_version_in_the_options_is_a_choice) {
    for (const auto *options : {"vers=3", "rw,nfsvers=4.1", "v4.2", "v3", "minorversion=1"})
        BOOST_TEST(names_version(Options(options)), options);
    for (const auto *options : {"", "rw,hard", "mountvers=3", "xprtsec=tls"})
        BOOST_TEST(!names_version(Options(options)), options);
}

BOOST_AUTO_TEST_CASE(so_is_a_line_of_the_configuration_that_is_no_comment) {
    BOOST_TEST(configuration_names_version("[ NFSMount_Global_Options ]\n  Defaultvers=3\n"));
    BOOST_TEST(configuration_names_version("[ Server \"nfs1\" ]\nNfsvers = 4\n"));
    BOOST_TEST(
        !configuration_names_version("[ NFSMount_Global_Options ]\n# Nfsvers=3\n; vers=3\nsoft=True\n"));
    BOOST_TEST(!configuration_names_version(""));
}

BOOST_AUTO_TEST_CASE(all_its_files_are_looked_at_and_what_cannot_be_read_counts_as_a_choice) {
    const test::TemporaryDirectory root;
    BOOST_TEST(!installed_configuration_names_version(root.path()));
    BOOST_TEST_REQUIRE(make_directory(root / "etc/nfsmount.conf.d", 0755).has_value());
    BOOST_TEST_REQUIRE(
        write_file(root / "etc/nfsmount.conf.d/a.conf", as_bytes("hard=True\n"), 0644).has_value());
    BOOST_TEST(!installed_configuration_names_version(root.path()));
    BOOST_TEST_REQUIRE(
        write_file(root / "etc/nfsmount.conf.d/b.conf", as_bytes("vers=3\n"), 0644).has_value());
    BOOST_TEST(installed_configuration_names_version(root.path()));

    const test::TemporaryDirectory other;
    BOOST_TEST_REQUIRE(make_directory(other / "etc/nfsmount.conf", 0755).has_value());
    BOOST_TEST(installed_configuration_names_version(other.path()));
}

BOOST_AUTO_TEST_SUITE_END()
