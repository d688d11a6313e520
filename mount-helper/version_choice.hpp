// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/options.hpp"

#include <filesystem>
#include <string_view>

namespace rpctls::mount_helper {

/// Without a version named, nfs-utils' program falls back from NFSv4 to v3 for many an error, a refusal by the export
/// among them: ten seconds of detours, and at worst a mount whose locks and whose mountd calls go in clear. A server
/// that answered an NFSv4 call in the preflight is therefore mounted by version 4, unless somebody chose otherwise.

/// Pure: whether the options name a version.
bool names_version(const Options &options);

/// Pure: whether nfsmount.conf(5)'s text does, for whatever server.
bool configuration_names_version(std::string_view text);

/// The same of all its files below `root`. One that cannot be read counts as a choice that we do not know.
bool installed_configuration_names_version(const std::filesystem::path &root = "/");

} // namespace rpctls::mount_helper
