// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::tls {

using Time = std::chrono::system_clock::time_point;

/// What a person or a policy wants to know of an X.509 certificate: a value, detached from any library.
struct CertificateInfo {
    std::vector<std::byte> der;
    std::string subject; ///< RFC 4514 text
    std::string issuer;  ///< RFC 4514 text
    std::string serial;  ///< lower-case hex, full length
    Time not_before{};
    Time not_after{};
    std::vector<std::string> dns_names;    ///< dNSName SANs as they stand
    std::vector<std::string> ip_addresses; ///< iPAddress SANs as text, IPv6 in RFC 5952 form
    std::vector<std::string> uris;
    bool is_ca = false;
    std::vector<std::string> key_usages;          ///< "digitalSignature", "keyCertSign", …
    std::vector<std::string> extended_key_usages; ///< OIDs in dotted form
    std::string key_type;                         ///< e.g. "ECDSA P-256", "RSA 2048", "Ed25519"
    std::string fingerprint;                      ///< SHA-256 of the DER, hex
    std::string spki_pin;                         ///< SHA-256 of the SubjectPublicKeyInfo, hex

    /// The SANs in one line for messages: "DNS:nfs1.example, IP:192.0.2.7"; "none" when there are none.
    std::string names() const;
};

/// The chain in a PEM file or one or more concatenated DER certificates, leaf first as stored.
/// `origin` (a path, "key 123", "server") is named in errors. Errors (stage input): certificate-unreadable,
/// certificate-missing. At most 16 certificates.
Result<std::vector<CertificateInfo>> parse_chain(std::span<const std::byte> pem_or_der,
                                                 std::string_view origin);

/// The chain as PEM text.
std::string to_pem(std::span<const CertificateInfo> chain);

} // namespace rpctls::tls
