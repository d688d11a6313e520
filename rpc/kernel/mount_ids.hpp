// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

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

} // namespace rpctls::kernel
