// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/certificate.hpp"
#include "rpc/tls/gnutls_handles.hpp"
#include "rpc/tls/issuer.hpp"
#include "rpctls/result.hpp"

#include <string_view>

/// For rpc/tls only; key_pair.hpp is the face for others.
namespace rpctls::tls {

/// The key in PEM or DER, in PKCS#8 or a traditional form. Errors (stage input): private-key-unreadable,
/// private-key-encrypted; both name `origin`, neither says anything of the contents.
Result<X509Privkey> import_private_key(const Secret &pem_or_der, std::string_view origin);

Result<X509Privkey> generate_private_key(KeyKind kind);

/// PKCS#8, unencrypted.
Result<Secret> export_private_key(gnutls_x509_privkey_t key, gnutls_x509_crt_fmt_t format);

/// Whether the key is the one that `certificate` certifies. Errors (stage input): key-mismatch, naming both origins.
Status check_key_of(gnutls_x509_privkey_t key, const CertificateInfo &certificate,
                    std::string_view key_origin, std::string_view certificate_origin);

/// A key in a token; see key_url.hpp, also for the errors.
Result<Privkey> open_key_url(std::string_view url);

/// check_key_of() for a key that can only be asked to sign. Errors (stage input): key-mismatch, token-unreachable.
Status check_signs_for(gnutls_privkey_t key, const CertificateInfo &certificate, std::string_view key_origin,
                       std::string_view certificate_origin);

Error unreadable_private_key(std::string_view origin, int code);

} // namespace rpctls::tls
