// SPDX-License-Identifier: LGPL-2.1-or-later
// A pre-shared key as somebody wrote it down. Input: an octet that says the format, a line of a host's name, one of a
// subsystem's, then the text.
#include "rpc/base/text.hpp"
#include "rpc/keys/psk_encoding.hpp"
#include "rpc/keys/psk_interchange.hpp"
#include "rpc/tls/nvme_psk.hpp"
#include "rpc/tls/psk_set.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <optional>
#include <string>

using namespace rpctls;
using keys::PskFormat;

namespace {

std::string take_line(std::string_view &text) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

/// What is encoded is what was there; what was decoded has that one text.
void check_encodings(std::string_view text) {
    const auto octets = as_bytes(text);
    fuzz::require(
        keys::from_base64(as_text(keys::to_base64(octets).bytes())).value_or(Secret()).equals(octets));
    fuzz::require(keys::from_hex(as_text(keys::to_hex(octets).bytes())).value_or(Secret()).equals(octets));
    if (const auto decoded = keys::from_base64(text))
        fuzz::require(as_text(keys::to_base64(decoded->bytes()).bytes()) == text);
    if (const auto decoded = keys::from_hex(text)) {
        std::string lower(text);
        for (char &c : lower)
            c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
        fuzz::require(as_text(keys::to_hex(decoded->bytes()).bytes()) == lower);
    }
}

/// Written in any format it is the same key.
void check_formats(const keys::WrittenPsk &key) {
    for (const auto format : {PskFormat::interchange, PskFormat::hex, PskFormat::base64}) {
        const Secret text = keys::format_psk(key.secret, format, key.transform);
        const auto again = keys::parse_psk(as_text(text.bytes()), format);
        fuzz::require(again.has_value() && again->secret.equals(key.secret.bytes()) && !again->derived);
        fuzz::require(format != PskFormat::interchange || again->transform == key.transform);
    }
}

/// A key that was derived has an identity that goes with its length, as servers and clients check it.
void check_derivation(const keys::WrittenPsk &key, const std::string &host, const std::string &subsystem) {
    for (const int version : {0, 1})
        for (const bool old : {false, true}) {
            auto derived = tls::derive_nvme_psk(key.secret, {host, subsystem, version, key.transform, old});
            if (!derived) {
                const auto &name = derived.error().name;
                fuzz::require(name == "nqn-invalid" || name == "nqn-too-long");
                fuzz::require(name != "nqn-too-long" || version == 0);
                continue;
            }
            const auto hash = tls::psk_hash(derived->identity, derived->secret.size());
            fuzz::require(hash.has_value() && *hash == derived->hash);
            fuzz::require(derived->identity.size() <= tls::longest_psk_identity);
        }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size == 0)
        return 0;
    std::string_view text = fuzz::text(data + 1, size - 1);
    const std::string host = take_line(text), subsystem = take_line(text);
    if (!text.empty())
        check_encodings(text);
    std::optional<PskFormat> format;
    if ((*data & 3) != 3)
        format = static_cast<PskFormat>(*data & 3);
    const auto key = keys::parse_psk(text, format);
    if (!key) {
        fuzz::require(key.error().stage == Stage::input && !key.error().hint.empty());
        return 0;
    }
    fuzz::require(keys::is_psk_size(key->secret.size()) && (!format || key->format == *format));
    fuzz::require(key->transform == keys::PskTransform::none ||
                  key->transform == keys::transform_for(key->secret.size()));
    check_formats(*key);
    check_derivation(*key, host, subsystem);
    return 0;
}
