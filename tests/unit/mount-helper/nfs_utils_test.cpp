// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/nfs_utils.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::mount_helper;

namespace {

std::filesystem::path script(const test::TemporaryDirectory &directory, const std::string &name,
                             const std::string &text) {
    const auto path = directory / name;
    BOOST_TEST_REQUIRE(write_file(path, as_bytes("#!/bin/sh\n" + text), 0755).has_value());
    return path;
}

} // namespace

BOOST_AUTO_TEST_SUITE(nfs_utils)

BOOST_AUTO_TEST_CASE(the_first_program_that_is_not_ourselves_is_taken) {
    const test::TemporaryDirectory directory;
    const auto program = script(directory, "mount.nfs", "");
    std::filesystem::create_symlink("/proc/self/exe", directory / "ourselves");
    BOOST_TEST_REQUIRE(write_file(directory / "no-program", as_bytes("x"), 0644).has_value());
    const auto found = find_nfs_utils(
        {directory / "absent", directory / "ourselves", directory / "no-program", directory.path(), program});
    BOOST_TEST_REQUIRE(found.has_value());
    BOOST_TEST(*found == program);
    const auto none = find_nfs_utils({directory / "ourselves", directory / "absent"});
    BOOST_TEST_REQUIRE(!none.has_value());
    BOOST_TEST(none.error().name == "nfs-utils-missing");
}

BOOST_AUTO_TEST_CASE(a_run_gives_status_and_errors_and_its_words_pass_no_shell) {
    const test::TemporaryDirectory directory;
    const auto program = script(directory, "p", "printf '%s|' \"$@\" >&2; exit 7\n");
    const auto finished = run_nfs_utils(program, "mount.nfs", {"a b", "$HOME", "-o", "x;y"});
    BOOST_TEST_REQUIRE(finished.has_value());
    BOOST_TEST(finished->status == 7);
    BOOST_TEST(finished->errors == "a b|$HOME|-o|x;y|");
}

BOOST_AUTO_TEST_CASE(what_it_says_is_bounded_and_a_process_left_behind_does_not_hold_us_up) {
    const test::TemporaryDirectory directory;
    const auto program = script(directory, "p", "sleep 5 & head -c 200000 /dev/zero | tr '\\0' x >&2\n");
    const auto finished = run_nfs_utils(program, "mount.nfs", {});
    BOOST_TEST_REQUIRE(finished.has_value());
    BOOST_TEST(finished->status == 0);
    BOOST_TEST(finished->errors.size() == 64u * 1024);
}

BOOST_AUTO_TEST_CASE(a_program_that_dies_of_a_signal_is_a_failed_mount) {
    const test::TemporaryDirectory directory;
    const auto finished = run_nfs_utils(script(directory, "p", "kill -9 $$\n"), "mount.nfs", {});
    BOOST_TEST_REQUIRE(finished.has_value());
    BOOST_TEST(finished->status == 32);
    BOOST_TEST(finished->errors.find("signal 9") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
