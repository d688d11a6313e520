// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/result.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::kernel {

/// One line of /proc/self/mountinfo (proc_pid_mountinfo(5)), octal escapes undone.
struct Mount {
    unsigned id = 0;
    std::string mount_point;
    std::string file_system; ///< "nfs4"
    std::string source;      ///< "nfs1.example:/export"
    std::vector<std::string> options; ///< super options: "vers=4.2", "xprtsec=mtls", …

    /// The value of `key=value`, "" for a bare word, absent when not there.
    std::optional<std::string> option(std::string_view key) const;
};

/// Pure: the text of a mountinfo file. Lines that make no sense are skipped.
std::vector<Mount> parse_mountinfo(std::string_view text);

/// The topmost mount at exactly this mount point now.
Result<std::optional<Mount>> find_mount(const std::filesystem::path &mount_point);

} // namespace rpctls::kernel
