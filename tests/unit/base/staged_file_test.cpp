// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/staged_file.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

using namespace rpctls;

namespace {

std::string contents(const std::filesystem::path &path) {
    auto read = read_file(path);
    return read ? *read : read.error().name;
}

std::size_t entries(const std::filesystem::path &path) {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(path), std::filesystem::directory_iterator()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(staged_files)

BOOST_AUTO_TEST_CASE(nothing_is_there_before_the_commit_and_nothing_else_after) {
    const test::TemporaryDirectory directory;
    {
        auto staged = StagedFile::write(directory / "a", as_bytes("new"), 0600);
        BOOST_TEST_REQUIRE(staged.has_value());
        BOOST_TEST(!std::filesystem::exists(directory / "a"));
        BOOST_TEST(staged->commit(StagedFile::Existing::refuse).has_value());
        BOOST_TEST(contents(directory / "a") == "new");
    }
    BOOST_TEST(contents(directory / "a") == "new");
    BOOST_TEST(entries(directory.path()) == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_not_committed_vanishes) {
    const test::TemporaryDirectory directory;
    BOOST_TEST(StagedFile::write(directory / "a", as_bytes("new"), 0600).has_value());
    BOOST_TEST(entries(directory.path()) == 0u);
}

BOOST_AUTO_TEST_CASE(an_existing_file_is_kept_unless_told_otherwise) {
    const test::TemporaryDirectory directory;
    BOOST_TEST(write_file(directory / "a", as_bytes("old"), 0600).has_value());
    {
        auto staged = StagedFile::write(directory / "a", as_bytes("new"), 0644);
        BOOST_TEST(staged->commit(StagedFile::Existing::refuse).error().name == "file-exists");
        BOOST_TEST(contents(directory / "a") == "old");
        BOOST_TEST(staged->commit(StagedFile::Existing::replace).has_value());
    }
    BOOST_TEST(contents(directory / "a") == "new");
    BOOST_TEST(entries(directory.path()) == 1u);
}

BOOST_AUTO_TEST_CASE(a_commit_can_be_taken_back) {
    const test::TemporaryDirectory directory;
    BOOST_TEST(write_file(directory / "old", as_bytes("old"), 0640).has_value());
    {
        auto replacing = StagedFile::write(directory / "old", as_bytes("new"), 0600);
        auto fresh = StagedFile::write(directory / "fresh", as_bytes("new"), 0600);
        BOOST_TEST(replacing->commit(StagedFile::Existing::exchange).has_value());
        BOOST_TEST(fresh->commit(StagedFile::Existing::exchange).has_value());
        replacing->roll_back();
        fresh->roll_back();
    }
    BOOST_TEST(contents(directory / "old") == "old");
    struct stat status {};
    ::stat((directory / "old").c_str(), &status);
    BOOST_TEST((status.st_mode & 07777) == 0640u);
    BOOST_TEST(entries(directory.path()) == 1u);
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_not_there_is_an_error_with_the_path) {
    const test::TemporaryDirectory directory;
    auto staged = StagedFile::write(directory / "no/a", as_bytes("new"), 0600);
    BOOST_TEST(staged.error().name == "file-unwritable");
    BOOST_TEST(staged.error().what == "cannot write " + (directory / "no/a").string());
}

BOOST_AUTO_TEST_SUITE_END()
