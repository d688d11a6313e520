// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace rpctls::test {

/// "80000028 11223344" as octets; blanks are for the eye.
inline std::vector<std::byte> octets(std::string_view hex) {
    std::vector<std::byte> bytes;
    int half = -1;
    for (const char c : hex) {
        if (c == ' ' || c == '\n')
            continue;
        const auto position = std::string_view("0123456789abcdef").find(c);
        if (position == std::string_view::npos)
            throw std::invalid_argument("not a hex digit");
        const int digit = static_cast<int>(position);
        if (half >= 0)
            bytes.push_back(static_cast<std::byte>(half << 4 | digit));
        half = half >= 0 ? -1 : digit;
    }
    if (half >= 0)
        throw std::invalid_argument("half an octet");
    return bytes;
}

inline std::vector<std::byte> concatenated(std::initializer_list<std::span<const std::byte>> parts) {
    std::vector<std::byte> all;
    for (const auto part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace rpctls::test
