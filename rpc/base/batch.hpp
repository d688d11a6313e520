// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/file_range.hpp"

#include <cstddef>
#include <optional>
#include <span>

namespace rpctls {

/// What goes through a connection next: pieces in memory, or else a range of a file.
struct Batch {
    std::span<const std::span<const std::byte>> octets{};
    bool more = false; ///< a file follows them at once
    std::optional<FileRange> file{};

    bool empty() const { return octets.empty() && !file; }
};

} // namespace rpctls
