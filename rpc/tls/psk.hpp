// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpctls/result.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace rpctls::tls {

/// What a pre-shared key is bound to (RFC 8446 section 4.2.11): its binder, and with it the cipher suite.
enum class PskHash { sha256, sha384 };
std::string_view to_string(PskHash hash);

/// An external pre-shared key: both ends have it, and whoever proves that is the peer.
struct PresharedKey {
    std::string identity; ///< sent in clear
    Secret secret;
    PskHash hash = PskHash::sha256;
};

/// The longest identity that is read from a peer. NVMe's have at most 500 octets.
inline constexpr std::size_t longest_psk_identity = 1024;

/// 128 bits: RFC 9257 section 6 has no shorter ones, for whoever records a handshake can try all of them at leisure.
inline constexpr std::size_t shortest_psk = 16;

/// Two names of 223 octets and a digest make an NVMe/TCP identity, "NVMe0R01 HOSTNQN SUBSYSNQN", in which the third
/// and fourth digit say the hash (01 SHA-256, 02 SHA-384) and so how long the secret is. Any other identity has the
/// hash that the secret is as long as: 48 octets SHA-384, else SHA-256. Error (stage keyring): psk-invalid.
Result<PskHash> psk_hash(std::string_view identity, std::size_t secret_size);

/// Whether this GnuTLS can bind a key to `hash`. Error (stage keyring): psk-hash-unsupported, with its version.
Status check_psk_support(PskHash hash);

/// Looks up what a client offers; it must not throw. Errors become the session's: psk-identity-unknown and others.
using FindPsk = std::function<Result<PresharedKey>(std::string_view identity)>;

/// What may be negotiated with pre-shared keys: TLS 1.3 with a fresh key exchange (psk_dhe_ke), AES-GCM, and what the
/// system's crypto policy leaves of that. Made once, shared by sessions and threads.
class PskPolicy {
public:
    static std::shared_ptr<const PskPolicy> load();
    ~PskPolicy();
    PskPolicy(const PskPolicy &) = delete;
    PskPolicy &operator=(const PskPolicy &) = delete;

    struct Impl;
    const Impl &impl() const { return *impl_; } ///< for rpc/tls only

private:
    explicit PskPolicy(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace rpctls::tls
