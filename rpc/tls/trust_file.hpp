// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpc/tls/trust_place.hpp"
#include "rpctls/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What is in the files that `tlsctl trust` keeps: PEM, a comment over each certificate.
namespace rpctls::tls {

/// Whether the text says in so many words that nobody is trusted, and has no certificate. An empty file does not: it is
/// a fault, perhaps the half of a copy.
bool trusts_nobody(std::string_view text);

/// The certificates of a trust store or of a bundle, at most 512; none when it trusts nobody. Errors (stage input): those
/// of parse_chain.
Result<std::vector<CertificateInfo>> parse_trust(std::string_view pem_or_der, std::string_view origin);

/// Whether there is more in the text than certificates and words: keys, CRLs, OpenSSL's trusted certificates.
bool has_other_blocks(std::string_view text);

/// The text of such a file. Without certificates it says that nobody is trusted.
std::string render_trust(std::span<const CertificateInfo> certificates);

/// That peers may be verified with it: a CA's (CA:TRUE, and keyCertSign where there is a key usage at all) whose time
/// has not passed. Errors (stage input): not-a-ca, ca-expired.
Status check_authority(const CertificateInfo &certificate, std::string_view origin, Time now);

} // namespace rpctls::tls
