// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/quic/packet_keys.hpp"

#include "tests/unit/octets.hpp"

#include <algorithm>
#include <stdexcept>

namespace rpctls::test {

using namespace tls;

namespace {

int encrypt(std::uint8_t *sealed, const ngtcp2_crypto_aead *, const ngtcp2_crypto_aead_ctx *context,
            const std::uint8_t *clear, std::size_t clear_size, const std::uint8_t *nonce,
            std::size_t nonce_size, const std::uint8_t *header, std::size_t header_size) {
    std::size_t size = clear_size + 16;
    const int code =
        gnutls_aead_cipher_encrypt(static_cast<gnutls_aead_cipher_hd_t>(context->native_handle), nonce,
                                   nonce_size, header, header_size, 16, clear, clear_size, sealed, &size);
    return code < 0 ? NGTCP2_ERR_CALLBACK_FAILURE : 0;
}

int decrypt(std::uint8_t *clear, const ngtcp2_crypto_aead *, const ngtcp2_crypto_aead_ctx *context,
            const std::uint8_t *sealed, std::size_t sealed_size, const std::uint8_t *nonce,
            std::size_t nonce_size, const std::uint8_t *header, std::size_t header_size) {
    std::size_t size = sealed_size;
    const int code =
        gnutls_aead_cipher_decrypt(static_cast<gnutls_aead_cipher_hd_t>(context->native_handle), nonce,
                                   nonce_size, header, header_size, 16, sealed, sealed_size, clear, &size);
    return code < 0 ? NGTCP2_ERR_DECRYPT : 0;
}

/// AES of one block (RFC 9001 section 5.4.3): CBC from nothing is the same.
int header_mask(std::uint8_t *mask, const ngtcp2_crypto_cipher *, const ngtcp2_crypto_cipher_ctx *context,
                const std::uint8_t *sample) {
    auto *cipher = static_cast<gnutls_cipher_hd_t>(context->native_handle);
    std::array<std::uint8_t, NGTCP2_HP_SAMPLELEN> zero{}, block{};
    gnutls_cipher_set_iv(cipher, zero.data(), zero.size());
    if (gnutls_cipher_encrypt2(cipher, sample, block.size(), block.data(), block.size()) < 0)
        return NGTCP2_ERR_CALLBACK_FAILURE;
    std::copy_n(block.begin(), NGTCP2_HP_MASKLEN, mask);
    return 0;
}

} // namespace

PacketKeys::PacketKeys(KtlsCipher cipher, const Secret &secret) {
    if (cipher == KtlsCipher::chacha20_poly1305)
        throw std::invalid_argument("AES only");
    const Hash hash = hash_of(cipher);
    const bool small = cipher == KtlsCipher::aes_128_gcm;
    const auto derive = [&](std::string_view label, std::size_t size) {
        return hkdf_expand_label(hash, secret, label, {}, size);
    };
    const Secret key = derive("quic key", key_size(cipher));
    const Secret header_key = derive("quic hp", key_size(cipher));
    const gnutls_datum_t key_datum = borrow(key.bytes());
    const gnutls_datum_t header_datum = borrow(header_key.bytes());
    gnutls_aead_cipher_hd_t aead_handle = nullptr;
    gnutls_cipher_hd_t header_handle = nullptr;
    if (gnutls_aead_cipher_init(&aead_handle, small ? GNUTLS_CIPHER_AES_128_GCM : GNUTLS_CIPHER_AES_256_GCM,
                                &key_datum) < 0 ||
        gnutls_cipher_init(&header_handle, small ? GNUTLS_CIPHER_AES_128_CBC : GNUTLS_CIPHER_AES_256_CBC,
                           &header_datum, nullptr) < 0)
        throw std::runtime_error("no AES");
    aead.reset(aead_handle);
    header.reset(header_handle);
    const Secret nonce = derive("quic iv", iv.size());
    std::ranges::transform(nonce.bytes(), iv.begin(),
                           [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
}

Secret initial_secret(const ngtcp2_cid &first_destination, bool of_client) {
    static const auto salt = octets("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"); // of QUIC version 1
    const Secret common = hkdf_extract(
        Hash::sha256, salt, std::as_bytes(std::span(first_destination.data, first_destination.datalen)));
    return hkdf_expand_label(Hash::sha256, common, of_client ? "client in" : "server in", {}, 32);
}

Secret next_quic_secret(KtlsCipher cipher, const Secret &secret) {
    return hkdf_expand_label(hash_of(cipher), secret, "quic ku", {}, secret.size());
}

void fill_in_packet_protection(ngtcp2_callbacks &callbacks) {
    callbacks.encrypt = encrypt;
    callbacks.decrypt = decrypt;
    callbacks.hp_mask = header_mask;
    callbacks.delete_crypto_aead_ctx = [](ngtcp2_conn *, ngtcp2_crypto_aead_ctx *context, void *) {
        AeadHandle(static_cast<gnutls_aead_cipher_hd_t>(context->native_handle)).reset();
    };
    callbacks.delete_crypto_cipher_ctx = [](ngtcp2_conn *, ngtcp2_crypto_cipher_ctx *context, void *) {
        CipherHandle(static_cast<gnutls_cipher_hd_t>(context->native_handle)).reset();
    };
}

} // namespace rpctls::test
