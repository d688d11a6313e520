// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpctls/result.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <set>
#include <span>
#include <vector>

namespace rpctls::tlsctl {

/// What is at some paths before a change, in memory, so that all of it can be put back: contents, modes, owners and
/// times of files, what directories hold, and what was not there. For the few small files that tlsctl keeps; a directory
/// is taken with everything below it.
class Footprint {
public:
    static constexpr std::size_t most_files = 256;

    /// Errors (stage input): those of read_file; too-much-to-keep.
    static Result<Footprint> of(std::span<const std::filesystem::path> paths);

    /// What is as it was is not touched. Missing directories above a path that was not there go again when they are
    /// empty. Errors (stage input): file-unwritable, directory-unwritable; the rest is restored all the same.
    Status restore() const;

private:
    struct File {
        std::filesystem::path path;
        struct stat status;
        Secret contents;
    };
    struct Directory {
        std::filesystem::path path;
        mode_t mode;
    };

    Status take(const std::filesystem::path &path);
    Status take_entries(const std::filesystem::path &directory);
    static Status restore_file(const File &file);

    std::vector<std::filesystem::path> absent_;
    std::vector<std::filesystem::path> absent_parents_; ///< of each path the deepest first
    std::vector<Directory> directories_;
    std::vector<File> files_;
    std::set<std::filesystem::path> known_;
};

} // namespace rpctls::tlsctl
