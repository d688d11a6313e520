// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/revocation_entries.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/der.hpp"
#include "rpc/tls/x509.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <initializer_list>

namespace rpctls::tls {

namespace {

using Octets = std::vector<std::byte>;

constexpr std::uint8_t integer = 0x02, bit_string = 0x03, octet_string = 0x04, enumerated = 0x0a,
                       utc_time = 0x17, generalized_time = 0x18, sequence = 0x30, list_extensions = 0xa0;

/// The OID 2.5.29.21, whole: id-ce-cRLReasons.
constexpr std::array<std::byte, 5> reason_code{std::byte{0x06}, std::byte{0x03}, std::byte{0x55},
                                               std::byte{0x1d}, std::byte{0x15}};

Octets element(std::uint8_t tag, std::initializer_list<std::span<const std::byte>> parts) {
    std::size_t length = 0;
    for (const auto &part : parts)
        length += part.size();
    Octets whole{std::byte{tag}};
    if (length < 0x80) {
        whole.push_back(static_cast<std::byte>(length));
    } else {
        std::size_t octets = 1;
        while (length >> (8 * octets) != 0)
            ++octets;
        whole.push_back(static_cast<std::byte>(0x80 | octets));
        while (octets-- > 0)
            whole.push_back(static_cast<std::byte>(length >> (8 * octets)));
    }
    for (const auto &part : parts)
        whole.insert(whole.end(), part.begin(), part.end());
    return whole;
}

/// Positive and as short as DER wants it; empty when the serial is none.
Octets serial_content(const std::string &serial) {
    const auto text = parse_serial(serial);
    if (!text)
        return {};
    Octets content;
    for (std::size_t i = 0; i < text->size(); i += 2)
        content.push_back(static_cast<std::byte>(std::stoi(text->substr(i, 2), nullptr, 16)));
    const auto first =
        std::find_if(content.begin(), content.end(), [](std::byte b) { return b != std::byte{}; });
    content.erase(content.begin(), first);
    if (content.empty() || (content.front() & std::byte{0x80}) != std::byte{})
        content.insert(content.begin(), std::byte{});
    return content;
}

/// RFC 5280 5.1.2.4: UTCTime until 2049, GeneralizedTime from then on.
Octets time_element(Time time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    const bool is_late = parts.tm_year >= 150;
    std::array<char, 32> text{};
    const auto size =
        std::strftime(text.data(), text.size(), is_late ? "%Y%m%d%H%M%SZ" : "%y%m%d%H%M%SZ", &parts);
    return element(is_late ? generalized_time : utc_time, {as_bytes(std::string_view(text.data(), size))});
}

std::optional<Time> read_time(const DerElement &time) {
    const std::string text(as_text(time.content));
    std::tm parts{};
    const char *format = time.tag == utc_time           ? "%y%m%d%H%M%SZ"
                         : time.tag == generalized_time ? "%Y%m%d%H%M%SZ"
                                                        : nullptr;
    if (format == nullptr)
        return std::nullopt;
    const char *end = ::strptime(text.c_str(), format, &parts);
    if (end == nullptr || end != text.c_str() + text.size())
        return std::nullopt;
    return from_seconds(::timegm(&parts));
}

/// The reason among the extensions of an entry; other extensions are passed over.
RevocationReason read_reason(std::span<const std::byte> extensions) {
    while (const auto extension = take_der(extensions)) {
        auto content = extension->content;
        const auto oid = take_der(content);
        if (!oid || !std::equal(oid->whole.begin(), oid->whole.end(), reason_code.begin(), reason_code.end()))
            continue;
        auto value = take_der(content);
        if (value && value->tag == 0x01) // critical, or not
            value = take_der(content);
        if (!value || value->tag != octet_string)
            break;
        auto inner = value->content;
        const auto code = take_der(inner);
        if (code && code->tag == enumerated && code->content.size() == 1)
            return static_cast<RevocationReason>(code->content.front());
        break;
    }
    return RevocationReason::unspecified;
}

Octets reason_extensions(RevocationReason reason) {
    // RFC 5280 5.3.1: absent rather than unspecified.
    if (reason == RevocationReason::unspecified)
        return {};
    const std::array<std::byte, 1> code{static_cast<std::byte>(reason)};
    const Octets value = element(octet_string, {element(enumerated, {code})});
    return element(sequence, {element(sequence, {reason_code, value})});
}

} // namespace

std::optional<RevocationFrame> take_revocation_frame(std::span<const std::byte> list) {
    const auto whole = take_der(list);
    if (!whole || whole->tag != sequence)
        return std::nullopt;
    auto content = whole->content;
    const auto part = take_der(content);
    const auto algorithm = take_der(content);
    if (!part || part->tag != sequence || !algorithm || algorithm->tag != sequence)
        return std::nullopt;
    RevocationFrame frame{{}, {}, {}, algorithm->whole};
    auto rest = part->content;
    // RFC 5280 5.1.1.2: the algorithm stands twice, and only once under the signature. GnuTLS compares them not.
    auto first = rest;
    take_der(first);
    const auto inner = take_der(first);
    if (!inner || !std::ranges::equal(inner->whole, algorithm->whole))
        return std::nullopt;
    for (const std::uint8_t tag : {integer, sequence, sequence, utc_time, utc_time}) {
        const auto next = take_der(rest);
        if (!next || (next->tag != tag && !(tag == utc_time && next->tag == generalized_time)))
            return std::nullopt;
    }
    frame.before = part->content.first(part->content.size() - rest.size());
    frame.after = rest;
    if (const auto next = take_der(rest); next && next->tag == sequence) {
        frame.entries = next->content;
        frame.after = rest;
    }
    if (!frame.after.empty() && std::to_integer<std::uint8_t>(frame.after.front()) != list_extensions)
        return std::nullopt;
    return frame;
}

std::optional<std::vector<Revocation>> read_revocations(std::span<const std::byte> entries) {
    std::vector<Revocation> revoked;
    while (!entries.empty()) {
        const auto entry = take_der(entries);
        if (!entry || entry->tag != sequence)
            return std::nullopt;
        auto content = entry->content;
        const auto serial = take_der(content);
        const auto time = take_der(content);
        if (!serial || serial->tag != integer || serial->content.empty() || !time)
            return std::nullopt;
        const auto when = read_time(*time);
        if (!when)
            return std::nullopt;
        const auto extensions = take_der(content);
        revoked.push_back({hex(serial->content), *when,
                           extensions ? read_reason(extensions->content) : RevocationReason::unspecified});
    }
    return revoked;
}

std::optional<std::vector<std::byte>> write_revocations(const RevocationFrame &frame,
                                                        std::span<const Revocation> revoked) {
    Octets entries;
    for (const Revocation &each : revoked) {
        const Octets serial = serial_content(each.serial);
        if (serial.empty())
            return std::nullopt;
        const Octets entry = element(
            sequence, {element(integer, {serial}), time_element(each.time), reason_extensions(each.reason)});
        entries.insert(entries.end(), entry.begin(), entry.end());
    }
    // RFC 5280 5.1.2.6: without entries the list of them is absent.
    const Octets list = entries.empty() ? Octets() : element(sequence, {entries});
    return element(sequence, {frame.before, list, frame.after});
}

std::vector<std::byte> write_revocation_list(std::span<const std::byte> to_be_signed,
                                             std::span<const std::byte> algorithm,
                                             std::span<const std::byte> signature) {
    const std::array<std::byte, 1> no_unused_bits{};
    return element(sequence, {to_be_signed, algorithm, element(bit_string, {no_unused_bits, signature})});
}

} // namespace rpctls::tls
