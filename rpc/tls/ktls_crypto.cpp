// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/ktls_crypto.hpp"

#include <linux/tls.h>

#include <algorithm>
#include <new>

namespace rpctls::tls {

namespace {

/// The three structures differ in sizes only. The kernel keeps the nonce in two halves: `salt` (none for ChaCha20)
/// and `iv`, in the order in which TLS 1.3 has them in one piece.
template <class Info>
Result<Secret> fill(const TrafficKeys &keys, unsigned short cipher_type) {
    static_assert(sizeof(Info::salt) + sizeof(Info::iv) == sizeof(keys.iv));
    static_assert(sizeof(Info::rec_seq) == sizeof(keys.sequence));
    if (keys.key.size() != sizeof(Info::key))
        return Error{Stage::kernel, "ktls-failed", "a TLS key of unexpected length"}
            .with("expected", std::to_string(sizeof(Info::key)))
            .with("seen", std::to_string(keys.key.size()));
    Secret octets(sizeof(Info)); // the structure is built where it will be wiped
    Info &info = *new (octets.bytes().data()) Info{};
    info.info.version = TLS_1_3_VERSION;
    info.info.cipher_type = cipher_type;
    constexpr std::size_t salt_size = sizeof(Info::salt);
    const auto copy = [](std::span<const std::byte> from, unsigned char *to) {
        std::ranges::transform(from, to,
                               [](std::byte octet) { return std::to_integer<unsigned char>(octet); });
    };
    copy(std::span(keys.iv).first(salt_size), info.salt);
    copy(std::span(keys.iv).subspan(salt_size), info.iv);
    copy(keys.key.bytes(), info.key);
    copy(keys.sequence, info.rec_seq);
    return octets;
}

} // namespace

Result<Secret> kernel_crypto_info(const TrafficKeys &keys) {
    switch (keys.cipher) {
    case KtlsCipher::aes_128_gcm:
        return fill<tls12_crypto_info_aes_gcm_128>(keys, TLS_CIPHER_AES_GCM_128);
    case KtlsCipher::aes_256_gcm:
        return fill<tls12_crypto_info_aes_gcm_256>(keys, TLS_CIPHER_AES_GCM_256);
    case KtlsCipher::chacha20_poly1305:
        break;
    }
    return fill<tls12_crypto_info_chacha20_poly1305>(keys, TLS_CIPHER_CHACHA20_POLY1305);
}

} // namespace rpctls::tls
