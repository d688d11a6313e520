// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/psk_interchange.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/psk_encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace rpctls::keys {

namespace {

constexpr std::string_view prefix = "NVMeTLSkey-";
constexpr std::size_t head_size = 16; ///< "NVMeTLSkey-1:01:"
constexpr std::size_t checksum_size = 4;

/// That of RFC 1952 and Ethernet: reflected, polynomial 0x04c11db7.
std::uint32_t crc32(std::span<const std::byte> octets) {
    std::uint32_t crc = 0xffffffff;
    for (const std::byte octet : octets) {
        crc ^= std::to_integer<std::uint32_t>(octet);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (0xedb88320 & (0U - (crc & 1)));
    }
    return ~crc;
}

std::array<std::byte, checksum_size> checksum(std::span<const std::byte> key) {
    const std::uint32_t crc = crc32(key);
    std::array<std::byte, checksum_size> octets{};
    for (std::size_t i = 0; i < octets.size(); ++i)
        octets[i] = static_cast<std::byte>(crc >> 8 * i & 0xff);
    return octets;
}

Error wrong_format(std::string what) {
    return Error{Stage::input, "psk-format-invalid", std::move(what)}.advise(
        "a key is NVMeTLSkey-1:01:…: (as tlsctl psk generate and nvme gen-tls-key print it), hexadecimal or "
        "base64");
}

Error wrong_length(std::size_t octets, std::string expected) {
    return Error{Stage::input, "psk-length-invalid", "the pre-shared key has the wrong length"}
        .with("expected", std::move(expected))
        .with("seen", std::to_string(octets) + " octets")
        .advise("make one with tlsctl psk generate");
}

Result<WrittenPsk> parse_interchange(std::string_view text) {
    if (text.size() <= head_size || !text.starts_with(prefix) || text[12] != ':' || text[15] != ':' ||
        text.back() != ':')
        return wrong_format("the text is not of the form NVMeTLSkey-1:01:BASE64:");
    if (text[11] != '1' && text[11] != '0')
        return wrong_format("this version of the interchange format is not known")
            .with("expected", "1")
            .with("seen", printable(text.substr(11, 1)));
    const std::string_view hash = text.substr(13, 2);
    if (hash != "00" && hash != "01" && hash != "02")
        return wrong_format("the interchange format names an unknown hash")
            .with("expected", "00, 01 or 02")
            .with("seen", printable(hash));
    auto octets = from_base64(text.substr(head_size, text.size() - head_size - 1));
    if (!octets)
        return wrong_format("what stands between the colons is not base64");
    if (octets->size() <= checksum_size)
        return wrong_length(0, "32 octets (SHA-256) or 48 (SHA-384), and 4 of checksum");
    WrittenPsk key;
    key.secret = Secret(octets->bytes().first(octets->size() - checksum_size));
    key.transform = static_cast<PskTransform>(hash[1] - '0');
    key.derived = text[11] == '0';
    const auto expected = checksum(key.secret.bytes());
    if (!std::ranges::equal(octets->bytes().last(checksum_size), expected))
        return Error{Stage::input, "psk-checksum-wrong", "the checksum of the pre-shared key does not fit"}
            .advise("a part of the key was lost or changed on the way: copy it again, whole");
    if (!is_psk_size(key.secret.size()) ||
        (key.transform != PskTransform::none && key.transform != transform_for(key.secret.size())))
        return wrong_length(key.secret.size(), hash == "00"   ? "32 octets (SHA-256) or 48 (SHA-384)"
                                               : hash == "01" ? "32 octets, as it says SHA-256"
                                                              : "48 octets, as it says SHA-384");
    return key;
}

bool is_all_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
}

PskFormat format_of(std::string_view text) {
    if (text.starts_with(prefix))
        return PskFormat::interchange;
    // 64 hexadecimal digits are base64 of 48 octets as well, but hardly by chance.
    if ((text.size() == 64 || text.size() == 96) && is_all_hex(text))
        return PskFormat::hex;
    return PskFormat::base64;
}

} // namespace

std::string_view to_string(PskFormat format) {
    switch (format) {
    case PskFormat::interchange:
        return "interchange";
    case PskFormat::hex:
        return "hex";
    case PskFormat::base64:
        break;
    }
    return "base64";
}

std::optional<PskFormat> psk_format_named(std::string_view word) {
    for (const auto format : {PskFormat::interchange, PskFormat::hex, PskFormat::base64})
        if (to_string(format) == word)
            return format;
    return std::nullopt;
}

bool is_psk_size(std::size_t octets) {
    return octets == 32 || octets == 48;
}

PskTransform transform_for(std::size_t octets) {
    return octets == 48 ? PskTransform::sha384 : PskTransform::sha256;
}

Result<WrittenPsk> parse_psk(std::string_view text, std::optional<PskFormat> format) {
    text = trimmed(text);
    if (text.empty())
        return wrong_format("there is no pre-shared key in it: it is empty");
    const PskFormat kind = format.value_or(format_of(text));
    if (kind == PskFormat::interchange)
        return parse_interchange(text);
    auto octets = kind == PskFormat::hex ? from_hex(text) : from_base64(text);
    if (!octets)
        return wrong_format("the text is not " +
                            std::string(format ? to_string(*format) : "a pre-shared key"));
    if (!is_psk_size(octets->size()))
        return wrong_length(octets->size(), "32 octets (SHA-256) or 48 (SHA-384)");
    const PskTransform transform = transform_for(octets->size());
    return WrittenPsk{std::move(*octets), kind, transform, false};
}

Secret format_psk(const Secret &key, PskFormat format, PskTransform transform) {
    if (format == PskFormat::hex)
        return to_hex(key.bytes());
    if (format == PskFormat::base64)
        return to_base64(key.bytes());
    Secret with_checksum(key.size() + checksum_size);
    std::ranges::copy(key.bytes(), with_checksum.bytes().begin());
    std::ranges::copy(checksum(key.bytes()), with_checksum.bytes().end() - checksum_size);
    const Secret encoded = to_base64(with_checksum.bytes());
    const std::string head =
        std::string(prefix) + "1:0" + static_cast<char>('0' + static_cast<int>(transform)) + ":";
    Secret text(head.size() + encoded.size() + 1);
    std::ranges::copy(as_bytes(head), text.bytes().begin());
    std::ranges::copy(encoded.bytes(), text.bytes().begin() + static_cast<std::ptrdiff_t>(head.size()));
    text.bytes().back() = std::byte{':'};
    return text;
}

} // namespace rpctls::keys
