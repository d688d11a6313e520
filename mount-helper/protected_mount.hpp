// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/arguments.hpp"
#include "mount-helper/plan.hpp"
#include "mount-helper/report.hpp"

#include <filesystem>
#include <string>

namespace rpctls::mount_helper {

/// mount(8)'s exit statuses.
enum ExitStatus { exit_done = 0, exit_usage = 1, exit_system = 2, exit_mount_failure = 32 };

/// What a run needs besides its plan.
struct Invocation {
    const Reporter &report;
    std::filesystem::path nfs_utils; ///< the program that mounts
    std::string name;                ///< what it is to be called: mount.nfs or mount.nfs4
    const Arguments &arguments;
};

/// Preflight, the mount itself by nfs-utils' program, the check of what came of it. Each failure is explained; nothing
/// stays behind after one. Returns the exit status.
int mount_protected(const Invocation &invocation, const ProtectedMount &mount);

} // namespace rpctls::mount_helper
