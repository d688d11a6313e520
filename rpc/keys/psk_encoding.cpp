// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/psk_encoding.hpp"

#include <cstdint>

namespace rpctls::keys {

namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view hex_digits = "0123456789abcdef";

/// What a digit stands for. Every digit is looked at, so that time tells nothing of which one it was.
std::optional<std::uint32_t> value_of(char digit, std::string_view digits) {
    std::uint32_t found = 0; // one more than the value
    for (std::uint32_t value = 0; value < digits.size(); ++value)
        found |= (value + 1) & (0U - static_cast<std::uint32_t>(digits[value] == digit));
    if (found == 0)
        return std::nullopt;
    return found - 1;
}

std::byte octet(std::uint32_t value) {
    return static_cast<std::byte>(value & 0xff);
}

} // namespace

Secret to_base64(std::span<const std::byte> octets) {
    Secret text((octets.size() + 2) / 3 * 4);
    std::size_t written = 0;
    for (std::size_t at = 0; at < octets.size(); at += 3) {
        const std::size_t here = std::min<std::size_t>(octets.size() - at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (i < here ? std::to_integer<std::uint32_t>(octets[at + i]) : 0);
        for (std::size_t i = 0; i < 4; ++i)
            text.bytes()[written++] =
                static_cast<std::byte>(i <= here ? base64_digits[bits >> (18 - 6 * i) & 63] : '=');
    }
    return text;
}

std::optional<Secret> from_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0)
        return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    Secret octets(text.size() / 4 * 3);
    std::size_t written = 0;
    for (std::size_t at = 0; at < text.size(); at += 4) {
        const bool last = at + 4 == text.size();
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            std::optional<std::uint32_t> value = 0;
            if (!last || i < 4 - padding)
                value = value_of(text[at + i], base64_digits);
            if (!value)
                return std::nullopt;
            bits = bits << 6 | *value;
        }
        if (last && (bits & ((1U << 8 * padding) - 1)) != 0)
            return std::nullopt; // two texts for one secret: one of them is a slip
        for (std::size_t i = 0; i < 3; ++i)
            octets.bytes()[written++] = octet(bits >> (16 - 8 * i));
    }
    octets.shrink(written - padding);
    return octets;
}

Secret to_hex(std::span<const std::byte> octets) {
    Secret text(octets.size() * 2);
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const auto value = std::to_integer<std::uint32_t>(octets[i]);
        text.bytes()[2 * i] = static_cast<std::byte>(hex_digits[value >> 4]);
        text.bytes()[2 * i + 1] = static_cast<std::byte>(hex_digits[value & 15]);
    }
    return text;
}

std::optional<Secret> from_hex(std::string_view text) {
    if (text.empty() || text.size() % 2 != 0)
        return std::nullopt;
    Secret octets(text.size() / 2);
    for (std::size_t i = 0; i < octets.size(); ++i) {
        std::uint32_t bits = 0;
        for (char digit : text.substr(2 * i, 2)) {
            digit = digit >= 'A' && digit <= 'F' ? static_cast<char>(digit - 'A' + 'a') : digit;
            const auto value = value_of(digit, hex_digits);
            if (!value)
                return std::nullopt;
            bits = bits << 4 | *value;
        }
        octets.bytes()[i] = octet(bits);
    }
    return octets;
}

} // namespace rpctls::keys
