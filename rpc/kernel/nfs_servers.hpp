// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::kernel {

/// What the kernel's NFS client has a connection with: all mounts that share it are one line.
struct NfsServer {
    std::string address; ///< as inet_ntop(3) writes it; a link-local one without its scope
    std::uint16_t port = 0;
    std::string name; ///< of the server in the mount that it was made for
};

/// Pure: the text of /proc/fs/nfsfs/servers. Lines that make no sense are skipped.
std::vector<NfsServer> parse_nfs_servers(std::string_view text);

/// Those of this network namespace. Errors: those of read_file().
Result<std::vector<NfsServer>> read_nfs_servers();

} // namespace rpctls::kernel
