// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/time_text.hpp"

#include <ctime>

namespace rpctls {

std::string format_time(std::chrono::system_clock::time_point time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

} // namespace rpctls
