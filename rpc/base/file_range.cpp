// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpctls/file_range.hpp"

#include "rpc/base/fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

namespace rpctls {

Result<SharedFile> SharedFile::own(int fd) {
    Fd owner(fd);
    struct stat facts {};
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fstat(fd, &facts) != 0)
        return system_error(Stage::input, "file-unsuitable", "octets of a file cannot be sent", errno);
    if (!S_ISREG(facts.st_mode) || (flags & O_ACCMODE) == O_WRONLY || (flags & O_PATH) != 0)
        return Error{Stage::input, "file-unsuitable", "octets of a file cannot be sent"}.with(
            "reason", "it is no regular file that is open for reading");
    return SharedFile(std::make_shared<const Fd>(std::move(owner)));
}

int SharedFile::fd() const {
    return descriptor_->get();
}

Result<FileRange> SharedFile::range(std::uint64_t offset, std::size_t size) const {
    FileRange made(*this, offset, size);
    if (auto whole = made.check(); !whole)
        return std::move(whole).error();
    return made;
}

Status FileRange::check() const {
    struct stat facts {};
    if (::fstat(fd(), &facts) != 0)
        return system_error(Stage::input, "file-unreadable", "octets of a file cannot be sent", errno);
    const auto end = static_cast<std::uint64_t>(facts.st_size);
    if (offset_ > end || size_ > end - offset_)
        return Error{Stage::input, "file-too-short", "a file ends before the octets that are to be sent"}
            .with("octets", std::to_string(size_) + " from " + std::to_string(offset_) + " on")
            .with("file", std::to_string(end) + " octets");
    return {};
}

} // namespace rpctls
