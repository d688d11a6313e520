// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>

namespace rpctls {

/// {"stage", "name", "what", "facts": {…}, "hint", "errno"}: the same fields that message() prints.
/// Bytes that are not UTF-8 (a peer may have sent them) are replaced, never thrown on.
nlohmann::json to_json(const Error &error);

/// The way back, for errors that another process reports. Absent when it is not of that form; what it says is taken
/// as printable text of bounded length, since it may come from anybody.
std::optional<Error> error_from_json(const nlohmann::json &json);

} // namespace rpctls
