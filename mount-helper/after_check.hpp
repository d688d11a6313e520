// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/plan.hpp"
#include "mount-helper/protected_mount.hpp"
#include "rpc/kernel/mounts.hpp"
#include "rpctls/result.hpp"

#include <filesystem>
#include <optional>

namespace rpctls::mount_helper {

/// Pure: whether what is mounted there now has the protection that was asked for. Errors (stage mount):
/// mount-not-found, transport-not-protected, transport-shared.
Status check_transport(const std::vector<kernel::Mount> &mounts, const ProtectedMount &asked,
                       const std::filesystem::path &directory);

/// Pure: whether a remount asks for what is there. Errors (stage mount): transport-cannot-change.
Status check_remount(const std::optional<kernel::Mount> &found, const Remount &asked);

/// Takes the mount away again, at once for those who come later even when it is in use already.
void undo(const Invocation &invocation, const std::filesystem::path &directory);

} // namespace rpctls::mount_helper
