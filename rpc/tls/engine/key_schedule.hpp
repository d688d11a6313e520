// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/session.hpp"

#include <cstddef>
#include <span>
#include <string_view>

/// The arithmetic of TLS 1.3's keys (RFC 8446 section 7): functions of their arguments, safe in any number of threads.
/// What they take is the program's own, so a length that the RFC has no room for throws std::invalid_argument; lack of
/// memory, or a crypto policy without the hashes of TLS 1.3, throws std::bad_alloc.
namespace rpctls::tls {

/// The hash of a cipher suite: a pre-shared key is bound to it, and every secret is as long as its output.
using Hash = PskHash;

/// In octets: 32 or 48.
std::size_t size_of(Hash hash);
/// The hash that belongs to the one TLS 1.3 cipher suite of this cipher (RFC 8446 B.4).
Hash hash_of(KtlsCipher cipher);
/// In octets: 16 or 32.
std::size_t key_size(KtlsCipher cipher);

/// HMAC (RFC 2104). Not bound to be secret: a Finished message shows one.
Secret hmac(Hash hash, std::span<const std::byte> key, std::span<const std::byte> data);
/// Of whole messages, one after the other: what RFC 8446 4.4.1 calls Transcript-Hash where there was no
/// HelloRetryRequest. size_of(hash) octets.
Secret digest(Hash hash, std::span<const std::byte> data);

/// HKDF-Extract (RFC 5869 2.2), size_of(hash) octets. An empty salt stands for as many zeros.
Secret hkdf_extract(Hash hash, std::span<const std::byte> salt, std::span<const std::byte> input);
/// HKDF-Expand (RFC 5869 2.3); `length` is at most 255 times the hash's.
Secret hkdf_expand(Hash hash, std::span<const std::byte> key, std::span<const std::byte> info,
                   std::size_t length);
/// HKDF-Expand-Label (RFC 8446 7.1). `label` is without its "tls13 " and has 1 to 249 characters, `context` at most
/// 255 octets.
Secret hkdf_expand_label(Hash hash, const Secret &secret, std::string_view label,
                         std::span<const std::byte> context, std::size_t length);
/// Derive-Secret (RFC 8446 7.1), with the hash of the messages (digest()) rather than the messages.
Secret derive_secret(Hash hash, const Secret &secret, std::string_view label,
                     std::span<const std::byte> transcript_hash);

/// What protects one direction under a traffic secret (RFC 8446 7.3), from sequence number 0 on.
TrafficKeys derive_traffic_keys(KtlsCipher cipher, const Secret &traffic_secret);
/// The secret after a KeyUpdate (RFC 8446 7.2): application_traffic_secret_N+1 from _N.
Secret next_traffic_secret(Hash hash, const Secret &traffic_secret);

} // namespace rpctls::tls
