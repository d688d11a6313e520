// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/keys/keyring.hpp"
#include "rpctls/result.hpp"

#include <map>
#include <string>
#include <string_view>

/// The keyring of the in-kernel TLS_HS design: what one end of a handshake has, in keys of type `user`.
namespace rpctls::keys {

/// Payloads by description.
using TlsHsKeys = std::map<std::string, Secret, std::less<>>;

/// More certificates than a chain has here.
inline constexpr unsigned tls_hs_certificates = 16;

/// `psk-N-id` and `psk-N-master` with N below tls_hs_numbers, `crt-N` with N below tls_hs_certificates, `pkey` and `ca`.
bool is_tls_hs_name(std::string_view description);

/// The keys of these names that are directly on the keyring; others are left alone. A serial number, or one of the
/// special ones of keyrings(7). While it reads, the calling thread possesses the keyring as far as that is allowed.
/// Errors (stage keyring): keyring-denied and others when the keyring cannot be read; those of read_key, naming the key;
/// tls-hs-twice when two keys have one name.
Result<TlsHsKeys> read_tls_hs_keyring(Serial keyring);

} // namespace rpctls::keys
