// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::kernel {

/// One line of /proc/self/mountinfo (proc_pid_mountinfo(5)), octal escapes undone.
struct Mount {
    unsigned id = 0;
    unsigned parent = 0;
    std::string mount_point;
    std::string file_system;          ///< "nfs4"
    std::string source;               ///< "nfs1.example:/export"
    std::vector<std::string> options; ///< super options: "vers=4.2", "xprtsec=mtls", …

    /// The value of `key=value`, "" for a bare word, absent when not there.
    std::optional<std::string> option(std::string_view key) const;
    /// The kernel's NFS client, whatever version.
    bool is_nfs() const { return file_system == "nfs" || file_system == "nfs4"; }
};

/// Which lines of mountinfo, as the kernel wrote them, are worth taking apart: with hundreds of mounts that is what
/// reading them costs.
using WantedLine = std::function<bool(std::string_view line)>;

/// Pure: the text of a mountinfo file. Lines that make no sense are skipped, and those that are not wanted; without
/// `wanted` all are.
std::vector<Mount> parse_mountinfo(std::string_view text, const WantedLine &wanted = {});

/// Pure: options as the kernel writes them, with commas between and octal escapes.
std::vector<std::string> parse_mount_options(std::string_view text);

/// Lines of mounts at exactly this mount point.
WantedLine at_mount_point(std::string mount_point);
/// Lines with that word, be it an option or not: who asks looks at the mounts themselves, too.
WantedLine with_word(std::string word);

/// Pure: the one of several mounts on one mount point that is seen there; absent when there is none.
std::optional<Mount> topmost_mount(const std::vector<Mount> &mounts, std::string_view mount_point);

/// The mounts of this mount namespace; all of them, or those wanted.
Result<std::vector<Mount>> read_mounts(const WantedLine &wanted = {});

/// The topmost mount at exactly this mount point now.
Result<std::optional<Mount>> find_mount(const std::filesystem::path &mount_point);

} // namespace rpctls::kernel
