// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpctls/result.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace rpctls::keys {

/// How a file holds a pre-shared key. `interchange` is the PSK interchange format of the NVMe/TCP transport
/// specification, NVMeTLSkey-1:HH:BASE64:, where BASE64 is of the key and, least significant octet first, its CRC-32.
enum class PskFormat { interchange, hex, base64 };
std::string_view to_string(PskFormat format);
std::optional<PskFormat> psk_format_named(std::string_view word);

/// HH of the interchange format: by which hash the configured key is to become the retained one; 00 says that it is
/// that already.
enum class PskTransform { none = 0, sha256 = 1, sha384 = 2 };

/// The lengths that keys have: 32 octets go with SHA-256, 48 with SHA-384 (RFC 8446 section 4.2.11 ties a key to one
/// hash, and the NVMe/TCP specification its length to that).
bool is_psk_size(std::size_t octets);
/// The transform of the hash that a key of that length goes with.
PskTransform transform_for(std::size_t octets);

/// A key as it was written down.
struct WrittenPsk {
    Secret secret;
    PskFormat format = PskFormat::interchange;
    /// The interchange format says it; for others it follows from the length.
    PskTransform transform = PskTransform::sha256;
    /// NVMeTLSkey-0: nvme-cli's key files have keys so that are derived already and go with one identity.
    bool derived = false;
};

/// Blanks and line ends around the text do not count. Without a format the text decides: what begins with NVMeTLSkey-
/// is interchange, 64 or 96 hexadecimal digits are hex, everything else must be base64. Errors (stage input), none of
/// which repeats any of the text: psk-format-invalid, psk-checksum-wrong, psk-length-invalid.
Result<WrittenPsk> parse_psk(std::string_view text, std::optional<PskFormat> format = {});

/// The key's text, without a line end. `transform` matters to the interchange format alone.
Secret format_psk(const Secret &key, PskFormat format, PskTransform transform);

} // namespace rpctls::keys
