// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/file_range.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace rpctls::test {

/// A file in which no two places look alike.
class SentFile {
public:
    explicit SentFile(std::size_t size) : content_(size) {
        for (std::size_t i = 0; i < size; ++i)
            content_[i] = static_cast<std::byte>(i * 7 + i / 251 + i / 65536);
        std::ofstream(path(), std::ios::binary)
            .write(reinterpret_cast<const char *>(content_.data()), static_cast<std::streamsize>(size));
    }
    std::string path() const { return (directory_ / "file").string(); }
    std::span<const std::byte> content(std::size_t offset, std::size_t size) const {
        return std::span(content_).subspan(offset, size);
    }
    SharedFile open(int flags = O_RDONLY) const {
        auto file = SharedFile::own(::open(path().c_str(), flags | O_CLOEXEC));
        BOOST_TEST_REQUIRE(file.has_value());
        return std::move(*file);
    }
    FileRange range(std::size_t offset, std::size_t size) const {
        auto range = open().range(offset, size);
        BOOST_TEST_REQUIRE(range.has_value());
        return std::move(*range);
    }
    void cut(std::size_t size) const {
        BOOST_TEST(::truncate(path().c_str(), static_cast<off_t>(size)) == 0);
    }

private:
    TemporaryDirectory directory_;
    std::vector<std::byte> content_;
};

} // namespace rpctls::test
