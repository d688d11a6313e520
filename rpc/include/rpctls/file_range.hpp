// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <rpctls/api.h>
#include <rpctls/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

/// Octets of arguments and results that lie in a file, and go out from there.
///
/// Where the kernel seals the records (rpctls_session_in_kernel()), and in clear, sendfile(2) sends them and they never
/// come into the process; otherwise they are read 64 KiB at a time. The peer gets the same either way. They are the octets
/// that the file has when their turn to be sent comes: a program that gives a range leaves it as it is until the reply is
/// sent or the call completed. A file that has become shorter by then ends the connection with file-too-short, since the
/// record that was begun has a length; nothing is sent in the place of what is missing. Octets that the kernel has taken
/// are on their way: what is written over them in clear, before the peer has them, may still show.
///
/// What is not in the page cache is read from the disk by the thread that sends, which serves its other connections
/// afterwards: at most 256 KiB of one connection at a time. A program whose disk is slow fetches the range before it gives
/// it (readahead(2), posix_fadvise(2)), where it may wait.
namespace rpctls {

class Fd;
class FileRange;

/// A regular file, open for reading, of which ranges are sent. Copies share the descriptor, which is closed with the last
/// of them and of the ranges. Any thread may use and let go a copy of its own.
class RPCTLS_API SharedFile {
public:
    /// `fd` belongs to it from now on, whatever comes of it; its position does not matter. Errors (stage input):
    /// file-unsuitable: no regular file, or not open for reading.
    static Result<SharedFile> own(int fd);

    int fd() const;
    /// Errors (stage input): file-too-short: the file ends before the range does; file-unreadable.
    Result<FileRange> range(std::uint64_t offset, std::size_t size) const;

private:
    explicit SharedFile(std::shared_ptr<const Fd> descriptor) : descriptor_(std::move(descriptor)) {}
    std::shared_ptr<const Fd> descriptor_;
};

/// A range of such a file, which it keeps open. A value; SharedFile::range() makes it.
class RPCTLS_API FileRange {
public:
    int fd() const { return file_.fd(); }
    std::uint64_t offset() const { return offset_; }
    std::size_t size() const { return size_; }
    /// What is behind the first `count` octets of it, which it has.
    FileRange behind(std::size_t count) const { return {file_, offset_ + count, size_ - count}; }
    /// Whether the file still has all of it. Errors: as with SharedFile::range().
    Status check() const;

private:
    friend class SharedFile;
    FileRange(SharedFile file, std::uint64_t offset, std::size_t size)
        : file_(std::move(file)), offset_(offset), size_(size) {}

    SharedFile file_;
    std::uint64_t offset_;
    std::size_t size_;
};

} // namespace rpctls
