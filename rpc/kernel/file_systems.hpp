// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/capabilities.hpp"

#include <string_view>

namespace rpctls::kernel {

/// Pure: whether the text of /proc/filesystems lists it.
bool lists_file_system(std::string_view proc_filesystems, std::string_view name);

/// Whether the kernel has a file system of that type; when it is not there yet the kernel loads the module that brings
/// it, as a mount would. `unknown` when that takes more rights than the caller has.
Answer has_file_system(const char *name);

} // namespace rpctls::kernel
