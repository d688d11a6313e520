// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/staged_file.hpp"

#include "rpc/base/fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace rpctls {

namespace {

Error unwritable(const std::filesystem::path &path, int number) {
    return system_error(Stage::input, "file-unwritable", "cannot write " + path.string(), number);
}

/// 0, or the errno.
int write_all(int fd, std::span<const std::byte> contents) {
    while (!contents.empty()) {
        const ssize_t n = ::write(fd, contents.data(), contents.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        contents = contents.subspan(static_cast<std::size_t>(n));
    }
    return 0;
}

int rename_with(const std::string &from, const std::filesystem::path &to, unsigned flags) {
    return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0 ? 0 : errno;
}

/// NFS and some others know no flags.
bool knows_no_flags(int number) {
    return number == EINVAL || number == ENOSYS;
}

} // namespace

Result<StagedFile> StagedFile::write(std::filesystem::path path, std::span<const std::byte> contents,
                                     mode_t mode) {
    std::string temporary = path.string() + ".XXXXXX";
    const Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd.is_open())
        return unwritable(path, errno);
    StagedFile staged(std::move(path), std::move(temporary));
    if (auto filled = staged.fill(fd.get(), contents, mode); !filled)
        return std::move(filled).error();
    return staged;
}

Result<StagedFile> StagedFile::write_as(std::filesystem::path path, const std::filesystem::path &temporary,
                                        std::span<const std::byte> contents, mode_t mode) {
    ::unlink(temporary.c_str());
    const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd.is_open())
        return unwritable(path, errno);
    StagedFile staged(std::move(path), temporary.string());
    if (auto filled = staged.fill(fd.get(), contents, mode); !filled)
        return std::move(filled).error();
    return staged;
}

Status StagedFile::fill(int fd, std::span<const std::byte> contents, mode_t mode) const {
    if (const int number = write_all(fd, contents); number != 0)
        return unwritable(path_, number);
    if (::fchmod(fd, mode) != 0 || ::fsync(fd) != 0)
        return unwritable(path_, errno);
    return {};
}

StagedFile::~StagedFile() {
    if (!temporary_.empty() && (exchanged_ || !committed_))
        ::unlink(temporary_.c_str());
}

int StagedFile::place(Existing existing) {
    if (existing == Existing::refuse) {
        const int number = rename_with(temporary_, path_, RENAME_NOREPLACE);
        if (!knows_no_flags(number))
            return number;
        if (::link(temporary_.c_str(), path_.c_str()) != 0) // refuses an existing name too
            return errno;
        ::unlink(temporary_.c_str());
        return 0;
    }
    struct stat present {};
    if (existing == Existing::exchange && ::lstat(path_.c_str(), &present) == 0 &&
        !S_ISDIR(present.st_mode)) {
        const int number = rename_with(temporary_, path_, RENAME_EXCHANGE);
        exchanged_ = number == 0;
        if (number != ENOENT && !knows_no_flags(number))
            return number;
    }
    return rename_with(temporary_, path_, 0);
}

Status StagedFile::commit(Existing existing) {
    const int number = place(existing);
    if (number == EEXIST && existing == Existing::refuse)
        return system_error(Stage::input, "file-exists", path_.string() + " exists already", 0);
    if (number != 0)
        return unwritable(path_, number);
    committed_ = true;
    return {};
}

void StagedFile::settle() {
    // The rename itself must survive a power cut. Some file systems refuse fsync on a directory; they keep order.
    const auto parent = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    if (const Fd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); directory.is_open())
        (void)::fsync(directory.get());
}

void StagedFile::roll_back() {
    if (!committed_)
        return;
    if (exchanged_ && rename_with(temporary_, path_, RENAME_EXCHANGE) == 0)
        committed_ = exchanged_ = false;
    else if (!replaces_)
        ::unlink(path_.c_str());
}

} // namespace rpctls
