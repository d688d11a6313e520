// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/pem.hpp"

#include "rpc/base/text.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rpctls {

namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view dashes = "-----";

Error malformed(std::string_view origin, std::string_view label, std::string what) {
    return Error{Stage::input,
                 "pem-malformed",
                 std::move(what) + " in " + std::string(origin),
                 {{"block", printable(label)}},
                 "write the file again; it must be PEM as openssl and certtool make it"};
}

int sextet(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/// RFC 4648 section 4, line ends and blanks between the characters allowed.
std::optional<Secret> decode_base64(std::string_view text) {
    Secret octets(text.size() / 4 * 3 + 3);
    std::size_t used = 0, characters = 0, padding = 0;
    std::uint32_t bits = 0;
    for (const char c : text) {
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t')
            continue;
        const int value = c == '=' ? 0 : sextet(c);
        if (value < 0 || (padding > 0 && c != '='))
            return std::nullopt;
        padding += c == '=' ? 1 : 0;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        if (++characters % 4 != 0)
            continue;
        for (const int shift : {16, 8, 0})
            octets.bytes()[used++] = static_cast<std::byte>(bits >> shift & 0xff);
    }
    if (characters == 0 || characters % 4 != 0 || padding > 2)
        return std::nullopt;
    octets.shrink(used - padding);
    return octets;
}

} // namespace

Result<std::vector<Secret>> pem_blocks(std::span<const std::byte> bytes, std::string_view wanted,
                                       std::string_view origin) {
    const auto text = as_text(bytes);
    std::vector<Secret> blocks;
    std::size_t at = 0;
    while ((at = text.find(begin_mark, at)) != std::string_view::npos) {
        const auto label_at = at + begin_mark.size();
        const auto label_end = text.find(dashes, label_at);
        if (label_end == std::string_view::npos)
            return malformed(origin, wanted, "a PEM block has no proper first line");
        const auto label = text.substr(label_at, label_end - label_at);
        const auto end =
            text.find(std::string(end_mark) + std::string(label) + std::string(dashes), label_end);
        if (end == std::string_view::npos)
            return malformed(origin, label, "a PEM block has no end");
        at = end + end_mark.size();
        if (!label.ends_with(wanted))
            continue;
        const auto body = text.substr(label_end + dashes.size(), end - label_end - dashes.size());
        auto octets = decode_base64(body);
        if (!octets)
            return malformed(origin, label, "a PEM block is not base64");
        blocks.push_back(std::move(*octets));
    }
    return blocks;
}

} // namespace rpctls
