// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/text.hpp"

#include <algorithm>
#include <charconv>

namespace rpctls {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::string join(const std::vector<std::string> &parts, std::string_view separator) {
    std::string text;
    for (const std::string &part : parts) {
        if (!text.empty())
            text += separator;
        text += part;
    }
    return text;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t largest) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number > largest)
        return std::nullopt;
    return number;
}

std::string lower_case(std::string_view text) {
    std::string lowered(text);
    for (char &c : lowered)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return lowered;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return lower_case(a) == lower_case(b);
}

namespace {

/// How many octets of `text` make one well-formed UTF-8 character (RFC 3629); 0 when the first does not start one.
std::size_t utf8_length(std::string_view text) {
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = octet(0);
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xc2 && first < 0xe0 ? 2
                               : first >= 0xe0 && first < 0xf0 ? 3
                               : first >= 0xf0 && first < 0xf5 ? 4
                                                               : 0;
    if (length == 0 || length > text.size())
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((octet(i) & 0xc0) != 0x80)
            return 0;
    if (length == 3 && ((first == 0xe0 && octet(1) < 0xa0) || (first == 0xed && octet(1) >= 0xa0)))
        return 0; // overlong, or a UTF-16 surrogate
    if (length == 4 && ((first == 0xf0 && octet(1) < 0x90) || (first == 0xf4 && octet(1) >= 0x90)))
        return 0; // overlong, or past U+10FFFF
    return length;
}

constexpr char digits[] = "0123456789abcdef";

} // namespace

std::string printable(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    while (!text.empty()) {
        std::size_t length = utf8_length(text);
        const auto first = static_cast<unsigned char>(text[0]);
        // U+0080 to U+009F are control characters too: terminals act on them.
        const bool control = first < 0x20 || first == 0x7f ||
                             (length == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0);
        if (length == 0 || control) {
            safe += {'\\', 'x', digits[first >> 4], digits[first & 15]};
            length = 1;
        } else {
            safe += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return safe;
}

std::string hex(std::span<const std::byte> bytes, std::string_view separator) {
    std::string text;
    for (const std::byte byte : bytes) {
        if (!text.empty())
            text += separator;
        text += digits[std::to_integer<unsigned>(byte) >> 4];
        text += digits[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

std::span<const std::byte> as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte *>(text.data()), text.size()};
}

std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

} // namespace rpctls
