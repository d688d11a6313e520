// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

/// What libFuzzer calls, and replay.cpp where there is no libFuzzer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace rpctls::fuzz {

inline std::span<const std::byte> octets(const std::uint8_t *data, std::size_t size) {
    return std::as_bytes(std::span(data, size));
}

inline std::string_view text(const std::uint8_t *data, std::size_t size) {
    return {reinterpret_cast<const char *>(data), size};
}

/// A property that must hold for every input; stays in release builds, unlike assert.
inline void require(bool holds) {
    if (!holds)
        std::abort();
}

} // namespace rpctls::fuzz
