// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace rpctls::keys {

// Texts of secrets that are themselves held as secrets: nothing of them is left in ordinary memory.

/// RFC 4648 section 4, with padding.
Secret to_base64(std::span<const std::byte> octets);
/// Absent unless the text is base64 from its beginning to its end, padded, with no bits behind the last octet.
std::optional<Secret> from_base64(std::string_view text);

/// Lower case.
Secret to_hex(std::span<const std::byte> octets);
/// Either case, an even number of digits and nothing else.
std::optional<Secret> from_hex(std::string_view text);

} // namespace rpctls::keys
