// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/result.hpp"
#include "rpc/tls/certificate.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The files that `tlsctl trust` keeps: PEM, a comment over each certificate.
namespace rpctls::tls {

/// As a client this host verifies servers, as a server it verifies clients.
enum class TrustRole { client, server };

std::string_view to_string(TrustRole role);

/// /etc/rpctls/trust/client.pem or server.pem: a role's trust store wherever settings name none and the file exists.
std::filesystem::path kept_truststore(TrustRole role, const std::filesystem::path &root = "/");

/// Whether there is something by that name. What cannot be looked at counts as being there: to go on without it would
/// trust the whole system's store in its place.
bool has_kept_truststore(const std::filesystem::path &file);

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
