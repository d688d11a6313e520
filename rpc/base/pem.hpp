// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/result.hpp"
#include "rpc/base/secret.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace rpctls {

/// The octets within `-----BEGIN label-----` … `-----END label-----` (RFC 7468), for every block of text whose label
/// ends in `label` ("PRIVATE KEY" also finds "EC PRIVATE KEY"), in order. Text around the blocks is ignored. Octets
/// are secrets since they may be keys. Errors (stage input): pem-malformed; `origin` is named in it.
Result<std::vector<Secret>> pem_blocks(std::span<const std::byte> text, std::string_view label,
                                       std::string_view origin);

} // namespace rpctls
