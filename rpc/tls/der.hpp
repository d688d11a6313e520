// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace rpctls::tls {

/// One DER element with a single-octet tag: `whole` includes tag and length.
struct DerElement {
    std::uint8_t tag{};
    std::span<const std::byte> content;
    std::span<const std::byte> whole;
};

/// Takes the first element off `input`; absent, with `input` untouched, when it is not whole or not definite.
inline std::optional<DerElement> take_der(std::span<const std::byte> &input) {
    if (input.size() < 2)
        return std::nullopt;
    const auto tag = std::to_integer<std::uint8_t>(input[0]);
    if ((tag & 0x1f) == 0x1f)
        return std::nullopt;
    std::size_t length = std::to_integer<std::size_t>(input[1]);
    std::size_t header = 2;
    if (length >= 0x80) {
        const std::size_t octets = length & 0x7f;
        if (octets == 0 || octets > 4 || input.size() < header + octets)
            return std::nullopt;
        length = 0;
        for (std::size_t i = 0; i < octets; ++i)
            length = length << 8 | std::to_integer<std::size_t>(input[header + i]);
        header += octets;
    }
    if (length > input.size() - header)
        return std::nullopt;
    const DerElement element{tag, input.subspan(header, length), input.first(header + length)};
    input = input.subspan(header + length);
    return element;
}

} // namespace rpctls::tls
