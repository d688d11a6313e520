// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/plan.hpp"
#include "mount-helper/policy.hpp"
#include "rpctls/error.hpp"

#include <optional>
#include <string>

namespace rpctls::mount_helper {

/// Asks this host's agent and, where the preflight was another mount's (`examined_by_another`), the server once more, why
/// nfs-utils' program failed with this `output` behind a preflight that went well. Absent: its own words say it best.
std::optional<Error> find_cause(const ProtectedMount &mount, const MountPolicy &policy,
                                const std::string &output, bool certificate_requested,
                                bool examined_by_another);

} // namespace rpctls::mount_helper
