// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/file.hpp"

#include "rpc/base/staged_file.hpp"
#include "rpc/base/text.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace rpctls {

namespace {

struct OpenFile {
    Fd fd;
    struct stat status;
};

Error file_error(std::string name, std::string what, const std::filesystem::path &path, int number) {
    return system_error(Stage::input, std::move(name), std::move(what) + " " + path.string(), number);
}

Result<OpenFile> open_for_reading(const std::filesystem::path &path, std::size_t limit) {
    // O_NONBLOCK: a FIFO put in the place of a file must not hang us; it is refused below.
    OpenFile file{Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)), {}};
    if (!file.fd.is_open()) {
        const int number = errno;
        return file_error(number == ENOENT ? "file-missing" : "file-unreadable", "cannot read", path, number);
    }
    if (::fstat(file.fd.get(), &file.status) != 0)
        return file_error("file-unreadable", "cannot read", path, errno);
    if (!S_ISREG(file.status.st_mode))
        return file_error("file-not-regular", "not a regular file:", path, 0);
    if (static_cast<std::uintmax_t>(file.status.st_size) > limit)
        return file_error("file-too-large", "file too large:", path, 0)
            .with("size", std::to_string(file.status.st_size))
            .with("limit", std::to_string(limit));
    return file;
}

/// Fills `room` from the file; fewer octets than there is room for means that the file has ended.
Result<std::size_t> fill(int fd, std::span<std::byte> room, const std::filesystem::path &path) {
    std::size_t got = 0;
    while (got < room.size()) {
        const ssize_t n = ::read(fd, room.data() + got, room.size() - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return file_error("file-unreadable", "cannot read", path, errno);
        if (n == 0)
            break;
        got += static_cast<std::size_t>(n);
    }
    return got;
}

} // namespace

Result<std::string> read_file(const std::filesystem::path &path, std::size_t limit) {
    auto file = open_for_reading(path, limit);
    if (!file)
        return std::move(file).error();
    // Files of /proc say that they are empty: read up to the limit, one more to notice a file that grew past it.
    const auto stated = static_cast<std::size_t>(file->status.st_size);
    std::string contents(stated > 0 ? stated + 1 : 4096, '\0');
    std::size_t used = 0;
    for (;;) {
        auto got = fill(file->fd.get(), std::as_writable_bytes(std::span(contents)).subspan(used), path);
        if (!got)
            return std::move(got).error();
        used += *got;
        if (used < contents.size())
            break;
        if (used > limit)
            return file_error("file-too-large", "file too large:", path, 0)
                .with("limit", std::to_string(limit));
        contents.resize(contents.size() * 2);
    }
    contents.resize(used);
    if (used > limit)
        return file_error("file-too-large", "file too large:", path, 0).with("limit", std::to_string(limit));
    return contents;
}

std::string contents_of(int file, std::size_t limit) {
    struct stat status {};
    if (::fstat(file, &status) != 0 || status.st_size <= 0)
        return {};
    std::string contents(std::min(static_cast<std::size_t>(status.st_size), limit), '\0');
    const ssize_t got = ::pread(file, contents.data(), contents.size(), 0);
    contents.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return contents;
}

Result<Secret> read_secret_file(const std::filesystem::path &path, std::size_t limit) {
    auto file = open_for_reading(path, limit);
    if (!file)
        return std::move(file).error();
    // Debian's ssl-cert convention, root:ssl-cert 0640, is a choice an administrator made; anything wider is not.
    const mode_t allowed = file->status.st_uid == 0 ? S_IRWXU | S_IRGRP : S_IRWXU;
    const mode_t mode = file->status.st_mode & 07777;
    if ((mode & (S_IRWXG | S_IRWXO) & ~allowed) != 0) {
        char octal[8];
        std::snprintf(octal, sizeof octal, "%04o", static_cast<unsigned>(mode));
        return file_error("file-exposed", "others may read or change this key:", path, 0)
            .with("mode", octal)
            .advise("chmod 0600 " + path.string() + ", and replace the key if others may have read it");
    }
    Secret contents(static_cast<std::size_t>(file->status.st_size));
    auto got = fill(file->fd.get(), contents.bytes(), path);
    if (!got)
        return std::move(got).error();
    contents.shrink(*got);
    return contents;
}

Status write_file(const std::filesystem::path &path, std::span<const std::byte> contents, mode_t mode) {
    auto staged = StagedFile::write(path, contents, mode);
    if (!staged)
        return std::move(staged).error();
    if (auto committed = staged->commit(StagedFile::Existing::replace); !committed)
        return committed;
    staged->settle();
    return {};
}

Status make_directory(const std::filesystem::path &path, mode_t mode) {
    std::error_code failure;
    if (std::filesystem::is_directory(path, failure))
        return {};
    // Directories on the way are nobody's secret, but a umask of 0 must not let others rename what lies in them.
    if (path.has_parent_path() && path.parent_path() != path)
        if (auto made = make_directory(path.parent_path(), 0755); !made)
            return made;
    // Born with at most `mode`: a moment of 0755 on a directory of keys is a moment too long.
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
        return file_error("directory-unwritable", "cannot make the directory", path, errno);
    if (::chmod(path.c_str(), mode) != 0)
        return file_error("directory-unwritable", "cannot set the mode of", path, errno);
    return {};
}

namespace {

Result<Fd> locked(Fd fd, const std::filesystem::path &path) {
    if (!fd.is_open())
        return file_error("lock-failed", "cannot open the lock", path, errno);
    while (::flock(fd.get(), LOCK_EX) != 0)
        if (errno != EINTR)
            return file_error("lock-failed", "cannot take the lock", path, errno);
    return fd;
}

} // namespace

Result<Fd> lock_file(const std::filesystem::path &path) {
    return locked(Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)), path);
}

Result<Fd> lock_directory(const std::filesystem::path &path) {
    return locked(Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), path);
}

} // namespace rpctls
