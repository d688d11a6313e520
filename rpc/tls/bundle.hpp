// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpctls/result.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// A certificate, its key and what to trust in one file that a passphrase protects: PKCS#12 (RFC 7292).
namespace rpctls::tls {

inline constexpr std::size_t largest_bundle = 256 * 1024;

struct BundleContents {
    std::string name;       ///< what the key is called; printable, and empty when nobody gave it a name
    std::string chain_pem;  ///< leaf first, then the CAs between it and the trusted ones
    Secret private_key_pem; ///< of the leaf; PKCS#8, unencrypted
    std::string trust_pem;  ///< CA certificates; may be empty
};

/// Whether it begins as PKCS#12 does, in DER; a certificate does not.
bool is_bundle(std::span<const std::byte> octets);

/// Encrypted with AES-256 (PBES2), authenticated with HMAC-SHA-256. Errors (stage input): passphrase-weak,
/// passphrase-invalid (a NUL in it), bundle-too-large, those of read_key_pair.
Result<std::vector<std::byte>> make_bundle(const BundleContents &contents, const Secret &passphrase);

/// What make_bundle, openssl pkcs12 and certtool write. The leaf is the certificate of the key; CA certificates that
/// lead to no trusted one, or are marked so, are those to trust. Errors (stage input), naming `origin`:
/// passphrase-wrong; bundle-damaged (the passphrase opens it, but it is not what was written); bundle-unreadable (no
/// PKCS#12, or cut short); bundle-too-large; bundle-costly (key derivation of millions of rounds); bundle-unprotected
/// (no MAC); bundle-incomplete (no key, or no certificate of it); bundle-ambiguous (two keys);
/// those of read_key_pair.
Result<BundleContents> read_bundle(std::span<const std::byte> bundle, const Secret &passphrase,
                                   std::string_view origin);

} // namespace rpctls::tls
