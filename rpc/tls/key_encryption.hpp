// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpctls/result.hpp"

#include <string_view>

/// Private keys that a passphrase protects while they lie in a file: PKCS#8 with PBES2, AES-256 (RFC 5958, RFC 8018).
namespace rpctls::tls {

bool is_encrypted_key(const Secret &pem);

/// Errors (stage input): passphrase-weak, passphrase-invalid, private-key-unreadable.
Result<Secret> encrypt_private_key(const Secret &pem, const Secret &passphrase);

/// Errors (stage input), naming `origin`: passphrase-wrong, private-key-unreadable, private-key-costly (key derivation of
/// millions of rounds).
Result<Secret> decrypt_private_key(const Secret &encrypted_pem, const Secret &passphrase,
                                   std::string_view origin);

} // namespace rpctls::tls
