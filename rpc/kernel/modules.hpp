// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/capabilities.hpp"

#include <filesystem>
#include <string_view>

namespace rpctls::kernel {

/// Pure: whether a file of modprobe.d(5) keeps a module out: "install NAME /bin/false" or "/bin/true". A `blacklist` does
/// not, since the kernel asks for its modules by name.
bool bars_module(std::string_view file, std::string_view module);

/// Whether a module is in the kernel or may come when the kernel asks for it: it is among those of that release, and
/// nothing in modprobe.d bars it. `module` is written with underscores. Unknown where there is nothing to look at. For
/// tests another root.
Answer module_available(std::string_view module, std::string_view release,
                        const std::filesystem::path &root = "/");

/// Pure: whether a release ("6.12.57+deb13-amd64") is older than that version. False for what is no release.
bool is_older(std::string_view release, unsigned major, unsigned minor);

} // namespace rpctls::kernel
