// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/file_range.hpp"

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <vector>

namespace rpctls {

/// What one connection sends of a file before others have their turn.
inline constexpr std::size_t most_of_file = 256 << 10;

/// Octets of a file on their way through memory: those that were read and did not go come again.
class FileWindow {
public:
    /// The first octets of `range`, one at least, of which octets that were given before and not taken are a part. Errors
    /// (stage input): file-too-short, file-unreadable.
    Result<std::span<const std::byte>> next(const FileRange &range);
    /// So many of them have gone. With the last of the range its memory is given back.
    void taken(std::size_t count);
    bool holds_octets() const { return begin_ < end_; }

private:
    std::vector<std::byte> room_;
    std::size_t begin_ = 0, end_ = 0; ///< of what is held
    std::size_t behind_ = 0;          ///< octets of the range behind that
};

/// Sends ranges of files through one socket, on which octets are sent as they are: in clear, or sealed by the kernel.
class FileSender {
public:
    /// As send(2) without waiting and without SIGPIPE: the count, -1 with errno; at most most_of_file octets. Come again
    /// with the rest. Errors: those of FileWindow.
    Result<ssize_t> send(int socket, const FileRange &range);

private:
    FileWindow window_;
};

} // namespace rpctls
