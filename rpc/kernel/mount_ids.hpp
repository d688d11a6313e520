// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/mounts.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace rpctls::kernel {

/// The number of the mount that is seen at a path; no other mount ever gets it, unlike those of mountinfo. Absent on
/// kernels before 6.8. The path is walked, so that a server that does not answer may hold it up.
std::optional<std::uint64_t> unique_mount_id(const std::filesystem::path &path);

/// The number that this mount has in mountinfo, 0 when it is gone or in another mount namespace. Absent where the
/// kernel cannot be asked. No server is asked.
std::optional<unsigned> find_mount_id(std::uint64_t unique);

/// The mount whose root is seen at `path`, which is absolute and canonical: what topmost_mount() finds, without a look at
/// all others, but for its source and the options that do not tell its file system's type from others ("rw"). Absent when
/// the path is no mount's root, and on kernels before 6.11. The path is walked, see above.
std::optional<Mount> mount_seen_at(const std::filesystem::path &path);

} // namespace rpctls::kernel
