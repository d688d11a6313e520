// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

namespace rpctls {

/// A file that is written and on disk, but under a temporary name beside its own: for files that must appear
/// together, such as a certificate and its key. What was not committed vanishes with the object.
class StagedFile {
public:
    /// `mode` holds from the first moment, whatever the umask says. Errors (stage input): file-unwritable.
    static Result<StagedFile> write(std::filesystem::path path, std::span<const std::byte> contents,
                                    mode_t mode);
    /// Under a temporary name that a later run knows again: what an interrupted one left there is overwritten. The
    /// caller holds a lock.
    static Result<StagedFile> write_as(std::filesystem::path path, const std::filesystem::path &temporary,
                                       std::span<const std::byte> contents, mode_t mode);

    StagedFile(StagedFile &&other) noexcept
        : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})),
          committed_(other.committed_), replaces_(other.replaces_), exchanged_(other.exchanged_) {}
    StagedFile &operator=(StagedFile &&) = delete;
    StagedFile(const StagedFile &) = delete;
    ~StagedFile();

    enum class Existing {
        refuse,
        replace,
        exchange, ///< replace, but keep the old file until the end, so that roll_back() can bring it back
    };

    /// Gives the file its name. Errors (stage input): file-exists when it may not replace one, file-unwritable.
    /// Quick: files that belong together are committed one right after the other, and settled afterwards.
    Status commit(Existing existing);
    /// After commit(): makes the new name survive a power cut.
    void settle();
    /// After commit(refuse) or commit(exchange): as it was before, as far as the file system can exchange two files.
    void roll_back();

private:
    StagedFile(std::filesystem::path path, std::string temporary)
        : path_(std::move(path)), temporary_(std::move(temporary)) {}

    Status fill(int fd, std::span<const std::byte> contents, mode_t mode) const;
    int place(Existing existing); ///< 0, or the errno

    std::filesystem::path path_;
    std::string temporary_;
    bool committed_ = false;
    bool replaces_ = false;
    bool exchanged_ = false; ///< the temporary name now holds the file that ours has replaced
};

} // namespace rpctls
