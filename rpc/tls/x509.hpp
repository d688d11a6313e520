// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpc/tls/gnutls_handles.hpp"

namespace rpctls::tls {

/// As near as the clock's type has it: certificates may say "until the year 9999", it ends in 2262.
Time from_seconds(std::time_t seconds);

/// What `certificate` says. Linear in its size: a peer chooses how many names it carries.
Result<CertificateInfo> describe(gnutls_x509_crt_t certificate, std::string_view origin);

/// As above, of one certificate in DER as a peer sent it.
Result<CertificateInfo> describe(std::span<const std::byte> der, std::string_view origin);

/// "ECDSA P-256", "RSA 2048", "Ed25519".
std::string key_type(gnutls_pubkey_t key);

/// The text of an iPAddress name, or what is wrong with it.
std::string address_text(std::span<const std::byte> octets);

/// The handle for one DER certificate; certificate-unreadable otherwise.
Result<Crt> import_certificate(std::span<const std::byte> der, std::string_view origin);

} // namespace rpctls::tls
