// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <string>

namespace rpctls {

/// "2026-11-20T21:00:00Z"
std::string format_time(std::chrono::system_clock::time_point time);

} // namespace rpctls
