// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <span>

/// Reading what TLS writes (RFC 8446 section 3): numbers, and vectors behind their length.
namespace rpctls::tls {

/// Takes `count` octets, big-endian, off `input`; absent when it has not so many.
inline std::optional<std::size_t> take_number(std::span<const std::byte> &input, std::size_t count) {
    if (input.size() < count)
        return std::nullopt;
    std::size_t number = 0;
    for (const std::byte octet : input.first(count))
        number = number << 8 | std::to_integer<std::size_t>(octet);
    input = input.subspan(count);
    return number;
}

/// Takes a length of `count` octets, and what follows it, off `input`; absent when that is not all there.
inline std::optional<std::span<const std::byte>> take_vector(std::span<const std::byte> &input,
                                                             std::size_t count) {
    const auto size = take_number(input, count);
    if (!size || *size > input.size())
        return std::nullopt;
    const auto octets = input.first(*size);
    input = input.subspan(*size);
    return octets;
}

} // namespace rpctls::tls
