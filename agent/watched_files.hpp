// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/settings.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rpctls::agent {

/// The files whose change makes a snapshot out of date: the settings (also those of the default places that are not
/// there yet), what they name, and these identities.
std::vector<std::filesystem::path> files_of(const tls::Settings &settings,
                                            const std::optional<std::filesystem::path> &config,
                                            const std::filesystem::path &root,
                                            const std::set<std::string> &identities);

/// Directory → names in it whose coming, going and changing may give one of the files other contents. Every step of a
/// path counts, and those of the symbolic links on the way: a renamed directory, a link that is turned round
/// (certbot's live/, a container's ..data) and a file that does not exist yet are all seen. Looks at the file system.
using WatchPoints = std::map<std::filesystem::path, std::set<std::string>>;
WatchPoints watch_points(const std::vector<std::filesystem::path> &files);

} // namespace rpctls::agent
