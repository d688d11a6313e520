// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/engine/key_schedule.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/gnutls_handles.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>

namespace rpctls::tls {

namespace {

gnutls_mac_algorithm_t mac_of(Hash hash) {
    return hash == Hash::sha256 ? GNUTLS_MAC_SHA256 : GNUTLS_MAC_SHA384;
}

/// None of these fails but for lack of memory, or where a crypto policy takes the hashes of TLS 1.3 away.
void must(int code) {
    if (code < 0)
        throw std::bad_alloc();
}

void must_fit(std::size_t size, std::size_t limit, const char *what) {
    if (size > limit)
        throw std::invalid_argument(what);
}

} // namespace

std::size_t size_of(Hash hash) {
    return hash == Hash::sha256 ? 32 : 48;
}

Hash hash_of(KtlsCipher cipher) {
    return cipher == KtlsCipher::aes_256_gcm ? Hash::sha384 : Hash::sha256;
}

std::size_t key_size(KtlsCipher cipher) {
    return cipher == KtlsCipher::aes_128_gcm ? 16 : 32;
}

Secret hmac(Hash hash, std::span<const std::byte> key, std::span<const std::byte> data) {
    Secret code(size_of(hash));
    must(gnutls_hmac_fast(mac_of(hash), key.data(), key.size(), data.data(), data.size(),
                          code.bytes().data()));
    return code;
}

Secret digest(Hash hash, std::span<const std::byte> data) {
    Secret digest(size_of(hash));
    const auto algorithm = hash == Hash::sha256 ? GNUTLS_DIG_SHA256 : GNUTLS_DIG_SHA384;
    must(gnutls_hash_fast(algorithm, data.data(), data.size(), digest.bytes().data()));
    return digest;
}

Secret hkdf_extract(Hash hash, std::span<const std::byte> salt, std::span<const std::byte> input) {
    Secret extracted(size_of(hash));
    const gnutls_datum_t salt_datum = borrow(salt);
    const gnutls_datum_t input_datum = borrow(input);
    must(gnutls_hkdf_extract(mac_of(hash), &input_datum, &salt_datum, extracted.bytes().data()));
    return extracted;
}

Secret hkdf_expand(Hash hash, std::span<const std::byte> key, std::span<const std::byte> info,
                   std::size_t length) {
    must_fit(length, 255 * size_of(hash), "HKDF-Expand cannot make that much");
    Secret expanded(length);
    const gnutls_datum_t key_datum = borrow(key);
    const gnutls_datum_t info_datum = borrow(info);
    must(gnutls_hkdf_expand(mac_of(hash), &key_datum, &info_datum, expanded.bytes().data(), length));
    return expanded;
}

Secret hkdf_expand_label(Hash hash, const Secret &secret, std::string_view label,
                         std::span<const std::byte> context, std::size_t length) {
    must_fit(label.size(), 249, "the label is too long for HkdfLabel");
    must_fit(context.size(), 255, "the context is too long for HkdfLabel");
    const auto octet = [](std::size_t value) { return static_cast<char>(value & 0xff); };
    const std::string whole_label = "tls13 " + std::string(label);
    std::string info{octet(length >> 8), octet(length), octet(whole_label.size())};
    info += whole_label;
    info += octet(context.size());
    info += as_text(context);
    return hkdf_expand(hash, secret.bytes(), as_bytes(info), length);
}

Secret derive_secret(Hash hash, const Secret &secret, std::string_view label,
                     std::span<const std::byte> transcript_hash) {
    return hkdf_expand_label(hash, secret, label, transcript_hash, size_of(hash));
}

TrafficKeys derive_traffic_keys(KtlsCipher cipher, const Secret &traffic_secret) {
    const Hash hash = hash_of(cipher);
    TrafficKeys keys;
    keys.cipher = cipher;
    keys.key = hkdf_expand_label(hash, traffic_secret, "key", {}, key_size(cipher));
    const Secret iv = hkdf_expand_label(hash, traffic_secret, "iv", {}, keys.iv.size());
    std::ranges::copy(iv.bytes(), keys.iv.begin());
    return keys;
}

Secret next_traffic_secret(Hash hash, const Secret &traffic_secret) {
    return hkdf_expand_label(hash, traffic_secret, "traffic upd", {}, size_of(hash));
}

} // namespace rpctls::tls
