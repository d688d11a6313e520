// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpctls/result.hpp"

#include <cstddef>
#include <cstdint>

namespace rpctls::tls {

/// Of a passphrase that is to protect something new: the key derivation slows a guess down, but a short one stays short.
inline constexpr std::size_t shortest_passphrase = 12;

/// Rounds of key derivation in one file. OpenSSL writes 2048 for each of a bundle's three or four parts, GnuTLS 600,000:
/// some seconds of work at worst for a file that a stranger sent.
inline constexpr std::uint64_t most_derivation_rounds = 6'000'000;

/// Errors (stage input): passphrase-weak.
Status check_passphrase(const Secret &passphrase);

/// As GnuTLS wants passphrases: with a NUL at the end. Errors (stage input): passphrase-invalid.
Result<Secret> terminated(const Secret &passphrase);

inline const char *c_string(const Secret &terminated) {
    return reinterpret_cast<const char *>(terminated.bytes().data());
}

} // namespace rpctls::tls
