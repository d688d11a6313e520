// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/snapshot.hpp"

#include <string>

namespace rpctls::agent {

/// Pure: what `rpctlsd --check` prints, and whether everything that is configured can be used.
struct CheckReport {
    std::string text;
    bool good = true;
};
CheckReport describe(const Snapshot &snapshot);

} // namespace rpctls::agent
