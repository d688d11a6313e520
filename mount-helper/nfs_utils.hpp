// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::mount_helper {

/// Where nfs-utils' mount.nfs may be, the name that a take-over gives it first (rpctls-takeover(8)). The environment
/// has no say: the program runs as root.
std::vector<std::filesystem::path> nfs_utils_candidates();

/// The first that can be executed and is not this very program, so that no chain of links leads back to us. Errors
/// (stage mount): nfs-utils-missing.
Result<std::filesystem::path> find_nfs_utils(const std::vector<std::filesystem::path> &candidates);

/// Becomes that program; returns only when that fails. It reads from its name what it is to do: mount.nfs4 asks for
/// NFSv4, umount.nfs unmounts.
Error exec_nfs_utils(const std::filesystem::path &program, const std::string &name,
                     const std::vector<std::string> &words);

struct Finished {
    int status = 0;     ///< exit status, 32 when it was killed
    std::string errors; ///< what it wrote to standard error, at most 64 KiB
};

/// Runs it and waits. Standard output stays ours.
Result<Finished> run_nfs_utils(const std::filesystem::path &program, const std::string &name,
                               const std::vector<std::string> &words);

} // namespace rpctls::mount_helper
