// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/error.hpp"

#include <nlohmann/json_fwd.hpp>

namespace rpctls {

/// {"stage", "name", "what", "facts": {…}, "hint", "errno"}: the same fields that message() prints.
/// Bytes that are not UTF-8 (a peer may have sent them) are replaced, never thrown on.
nlohmann::json to_json(const Error &error);

} // namespace rpctls
