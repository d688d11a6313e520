// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::tlsctl {

/// A line of fstab(5) that mounts NFS.
struct FstabLine {
    std::size_t line = 0;
    std::string source;
    std::string mount_point;
    std::string type; ///< nfs, nfs4 or nfstls
    std::vector<std::string> options;

    bool has(std::string_view option) const;
    /// The value of the last `key=value`.
    std::optional<std::string> value(std::string_view key) const;
    /// The server of "server:/path", an IPv6 literal without its brackets; empty when there is none.
    std::string server() const;
};

/// Pure: the lines of types nfs, nfs4 and nfstls, octal escapes undone.
std::vector<FstabLine> parse_fstab(std::string_view text);

} // namespace rpctls::tlsctl
