// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/health/examination.hpp"

#include <string>
#include <string_view>

namespace rpctls::tlsctl {

/// nfs-utils' programs, by what their own files hold: distributions backport, so that a version proves little.
struct NfsUtilsFacts {
    enum class Program { missing, without_xprtsec, with_xprtsec };
    Program mount = Program::missing;
    Program exportfs = Program::missing;
    std::string version{}; ///< "2.8.3", empty when it did not say
};

/// Pure: the version in what `mount.nfs -V` prints.
std::string nfs_utils_version(std::string_view printed);

Findings judge_nfs_utils(const NfsUtilsFacts &facts, Roles roles);

} // namespace rpctls::tlsctl
