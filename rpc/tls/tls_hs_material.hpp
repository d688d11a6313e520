// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/tls_hs_keyring.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpc/tls/psk.hpp"
#include "rpctls/result.hpp"

#include <optional>
#include <vector>

namespace rpctls::tls {

/// What the keys of a TLS_HS keyring come to: pre-shared keys, or certificates.
struct TlsHsMaterial {
    std::vector<PresharedKey> psks;        ///< by their numbers
    std::optional<IdentityBytes> identity; ///< the chain of crt-0, crt-1 … and pkey
    std::optional<TrustText> anchors;      ///< of ca
};

/// Without I/O; whoever wrote the keys may have written anything.
///
/// psk-N-id is the identity, 1 to longest_psk_identity octets; psk-N-master the key, shortest_psk to 64 octets, of SHA-384
/// when it has 48 (psk_hash()). crt-N is a certificate, or several, leaf first, in DER or PEM; pkey is that of crt-0, in
/// DER or PEM; ca has one in DER, or any number in PEM.
///
/// Errors (stage keyring), each with the key's name as fact `key`: tls-hs-empty; tls-hs-incomplete: one key of a pair, or
/// of a row, is missing; tls-hs-both: there are pre-shared keys and certificates; psk-invalid; those of parse_chain() and
/// parse_trust().
Result<TlsHsMaterial> assemble_tls_hs(keys::TlsHsKeys keys);

} // namespace rpctls::tls
