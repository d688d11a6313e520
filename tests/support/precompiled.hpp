// SPDX-License-Identifier: LGPL-2.1-or-later
// What most files include, parsed once for the sanitized build (tests/support/build-tests), of which it is half the time.
// The ordinary build does without, and so finds what a file forgets to include.
//
// Nothing that leaves something in each object may stand here (Boost.Test: a reference to its library).
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>
