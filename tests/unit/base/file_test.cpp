// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/file.hpp"

#include "rpc/base/text.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

using namespace rpctls;
using test::TemporaryDirectory;

namespace {

mode_t mode_of(const std::filesystem::path &path) {
    struct stat status {};
    BOOST_TEST_REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

std::size_t entries_in(const std::filesystem::path &path) {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(path), std::filesystem::directory_iterator()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(file)

BOOST_AUTO_TEST_CASE(what_was_written_is_read_with_the_mode_asked_for_whatever_the_umask) {
    TemporaryDirectory directory;
    const mode_t before = ::umask(0);
    BOOST_TEST(write_file(directory / "f", as_bytes("contents"), 0600).has_value());
    ::umask(0077);
    BOOST_TEST(write_file(directory / "g", as_bytes("for all"), 0644).has_value());
    ::umask(before);
    BOOST_TEST(*read_file(directory / "f") == "contents");
    BOOST_TEST(mode_of(directory / "f") == 0600u);
    BOOST_TEST(mode_of(directory / "g") == 0644u);
    BOOST_TEST(entries_in(directory.path()) == 2u); // no temporary is left
}

BOOST_AUTO_TEST_CASE(a_failed_write_leaves_the_old_contents_and_nothing_else) {
    TemporaryDirectory directory;
    std::filesystem::create_directory(directory / "taken"); // rename over a directory fails
    const auto status = write_file(directory / "taken", as_bytes("x"), 0600);
    BOOST_TEST_REQUIRE(!status.has_value());
    BOOST_TEST(status.error().name == "file-unwritable");
    BOOST_TEST(entries_in(directory.path()) == 1u);
}

BOOST_AUTO_TEST_CASE(faults_are_told_apart_and_name_the_path) {
    TemporaryDirectory directory;
    const auto missing = read_file(directory / "missing");
    BOOST_TEST(missing.error().name == "file-missing");
    BOOST_TEST(missing.error().what.find("missing") != std::string::npos);
    BOOST_TEST(read_file(directory.path()).error().name == "file-not-regular");
    BOOST_TEST_REQUIRE(::mkfifo((directory / "fifo").c_str(), 0600) == 0);
    BOOST_TEST(read_file(directory / "fifo").error().name == "file-not-regular"); // and does not hang
    std::ofstream(directory / "large") << std::string(100, 'x');
    BOOST_TEST(read_file(directory / "large", 99).error().name == "file-too-large");
    BOOST_TEST(read_file(directory / "large", 100)->size() == 100u);
}

BOOST_AUTO_TEST_CASE(files_of_proc_are_read_although_they_claim_to_be_empty) {
    const auto mounts = read_file("/proc/self/mountinfo");
    BOOST_TEST_REQUIRE(mounts.has_value());
    BOOST_TEST(mounts->find(" / ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key_that_others_can_read_is_refused) {
    TemporaryDirectory directory;
    BOOST_TEST(write_file(directory / "key", as_bytes("secret"), 0600).has_value());
    const auto key = read_secret_file(directory / "key");
    BOOST_TEST_REQUIRE(key.has_value());
    BOOST_TEST(as_text(key->bytes()) == "secret");
    BOOST_TEST(::chmod((directory / "key").c_str(), 0644) == 0);
    const auto exposed = read_secret_file(directory / "key");
    BOOST_TEST_REQUIRE(!exposed.has_value());
    BOOST_TEST(exposed.error().name == "file-exposed");
    BOOST_TEST(summary(exposed.error()).find("0644") != std::string::npos);
    BOOST_TEST(summary(exposed.error()).find("secret\n") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_directory_of_keys_is_private_from_its_first_moment) {
    TemporaryDirectory directory;
    BOOST_TEST(make_directory(directory / "a" / "b", 0700).has_value());
    BOOST_TEST(mode_of(directory / "a" / "b") == 0700u);
    BOOST_TEST(make_directory(directory / "a" / "b", 0700).has_value()); // again is fine
}

BOOST_AUTO_TEST_CASE(an_open_file_is_read_from_its_beginning_up_to_the_limit) {
    TemporaryDirectory directory;
    BOOST_TEST_REQUIRE(write_file(directory / "f", as_bytes("contents"), 0600).has_value());
    const Fd file(::open((directory / "f").c_str(), O_RDWR | O_CLOEXEC));
    BOOST_TEST(contents_of(file.get()) == "contents");
    BOOST_TEST(contents_of(file.get()) == "contents");
    BOOST_TEST(contents_of(file.get(), 3) == "con");
    BOOST_TEST(contents_of(-1) == "");
}

BOOST_AUTO_TEST_SUITE_END()
