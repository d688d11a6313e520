// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpctls/result.hpp"

#include <string_view>
#include <vector>

namespace rpctls::tls {

/// Keys and certificates in tokens, by URL (RFC 7512): the key never leaves its token, each handshake has it sign. The PIN
/// comes from the file that the URL names by pin-source=, never from the URL itself: it stands in argument lists, logs and
/// files that are no secret.

/// Pure. Errors (stage input): key-url-invalid (no printable ASCII, too long), key-url-unsupported (GnuTLS has no such
/// scheme here), pin-in-url.
Status check_key_url(std::string_view url);

/// The certificate there. Errors (stage input): as above, token-unreachable.
Result<std::vector<CertificateInfo>> read_certificate_url(std::string_view url);

/// Whether the key there is that of `certificate`: it has to sign something. Errors (stage input): as above, key-mismatch.
Status check_key_of_url(std::string_view url, const CertificateInfo &certificate,
                        std::string_view certificate_origin);

} // namespace rpctls::tls
