// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/certificate.hpp"
#include "rpctls/result.hpp"

#include <string_view>
#include <vector>

namespace rpctls::tls {

/// A chain and the private key of its leaf, known to belong together.
struct KeyPair {
    std::vector<CertificateInfo> chain; ///< leaf first
    Secret private_key_der;             ///< PKCS#8
    Secret private_key_pem;             ///< PKCS#8

    /// Concatenated DER, as keyrings hold chains.
    std::vector<std::byte> chain_der() const;
};

/// Reads both, PEM or DER, and checks that they belong together. Errors (stage input): certificate-unreadable,
/// certificate-missing, private-key-unreadable, private-key-encrypted, key-mismatch; each names its origin.
Result<KeyPair> read_key_pair(std::span<const std::byte> chain, std::string_view chain_origin,
                              const Secret &private_key, std::string_view key_origin);

} // namespace rpctls::tls
