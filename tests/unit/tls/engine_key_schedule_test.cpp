// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/engine/key_schedule.hpp"

#include "rpc/base/text.hpp"
#include "tests/unit/tls/rfc8448.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace rpctls;
using namespace rpctls::tls;
using namespace rpctls::test;

namespace {

std::string text(const Secret &secret) {
    return hex(secret.bytes());
}

/// 01 02 03 …
Secret counting(std::size_t size) {
    Secret secret(size);
    for (std::size_t i = 0; i < size; ++i)
        secret.bytes()[i] = static_cast<std::byte>(i + 1);
    return secret;
}

/// Derive-Secret over messages of RFC 8448.
std::string derived(const Secret &secret, std::string_view label,
                    std::initializer_list<std::span<const std::byte>> messages) {
    const Secret transcript = digest(Hash::sha256, concatenated(messages));
    return text(derive_secret(Hash::sha256, secret, label, transcript.bytes()));
}

/// The verify_data of a Finished (RFC 8446 4.4.4).
std::string finished(const std::vector<std::byte> &secret,
                     std::initializer_list<std::span<const std::byte>> messages) {
    const Secret key = hkdf_expand_label(Hash::sha256, Secret(secret), "finished", {}, 32);
    return text(hmac(Hash::sha256, key.bytes(), digest(Hash::sha256, concatenated(messages)).bytes()));
}

/// "KEY IV".
std::string keys(KtlsCipher cipher, const std::vector<std::byte> &secret) {
    const TrafficKeys keys = derive_traffic_keys(cipher, Secret(secret));
    return text(keys.key) + " " + hex(keys.iv);
}

/// The secret from which the next stage's is extracted.
Secret onward(Hash hash, const Secret &secret) {
    return derive_secret(hash, secret, "derived", digest(hash, {}).bytes());
}

} // namespace

BOOST_AUTO_TEST_SUITE(key_schedule)

BOOST_AUTO_TEST_CASE(rfc_8448_section_3_is_followed_from_the_early_secret_to_the_resumption_secret) {
    using namespace rfc8448;
    const Secret early = hkdf_extract(Hash::sha256, {}, Secret(32).bytes());
    BOOST_TEST(text(early) == "33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a");
    BOOST_TEST(text(onward(Hash::sha256, early)) ==
               "6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba");

    const Secret handshake = hkdf_extract(Hash::sha256, onward(Hash::sha256, early).bytes(), shared_secret);
    BOOST_TEST(text(handshake) == "1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac");
    BOOST_TEST(derived(handshake, "c hs traffic", {client_hello, server_hello}) ==
               hex(client_handshake_secret));
    BOOST_TEST(derived(handshake, "s hs traffic", {client_hello, server_hello}) ==
               hex(server_handshake_secret));
    BOOST_TEST(text(onward(Hash::sha256, handshake)) ==
               "43de77e0c77713859a944db9db2590b53190a65b3ee2e4f12dd7a0bb7ce254b4");

    const Secret master =
        hkdf_extract(Hash::sha256, onward(Hash::sha256, handshake).bytes(), Secret(32).bytes());
    BOOST_TEST(text(master) == "18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919");
    const auto to_server_finished = concatenated(
        {client_hello, server_hello, encrypted_extensions, certificate, certificate_verify, server_finished});
    BOOST_TEST(derived(master, "c ap traffic", {to_server_finished}) == hex(client_application_secret));
    BOOST_TEST(derived(master, "s ap traffic", {to_server_finished}) == hex(server_application_secret));
    BOOST_TEST(derived(master, "exp master", {to_server_finished}) ==
               "fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50");
    BOOST_TEST(derived(master, "res master", {to_server_finished, client_finished}) ==
               "7df235f2031d2a051287d02b0241b0bfdaf86cc856231f2d5aba46c434ec196c");
}

BOOST_AUTO_TEST_CASE(rfc_8448_has_the_same_finished_messages) {
    using namespace rfc8448;
    BOOST_TEST(finished(server_handshake_secret, {client_hello, server_hello, encrypted_extensions,
                                                  certificate, certificate_verify}) ==
               hex(std::span(server_finished).subspan(4)));
    BOOST_TEST(finished(client_handshake_secret, {client_hello, server_hello, encrypted_extensions,
                                                  certificate, certificate_verify, server_finished}) ==
               hex(std::span(client_finished).subspan(4)));
}

BOOST_AUTO_TEST_CASE(rfc_8448_has_the_same_traffic_keys_and_ivs) {
    using namespace rfc8448;
    const auto cipher = KtlsCipher::aes_128_gcm;
    BOOST_TEST(keys(cipher, server_handshake_secret) ==
               "3fce516009c21727d0f2e4e86ee403bc 5d313eb2671276ee13000b30");
    BOOST_TEST(keys(cipher, client_handshake_secret) ==
               "dbfaa693d1762c5b666af5d950258d01 5bd3c71b836e0b76bb73265f");
    BOOST_TEST(keys(cipher, server_application_secret) ==
               "9f02283b6c9c07efc26bb9f2ac92e356 cf782b88dd83549aadf1e984");
    BOOST_TEST(keys(cipher, client_application_secret) ==
               "17422dda596ed5d9acd890e3c63f5051 5b78923dee08579033e523d9");
}

BOOST_AUTO_TEST_CASE(rfc_8448_section_4_has_the_same_psk_of_a_ticket_and_early_secret) {
    const Secret resumption(octets("7df235f2031d2a051287d02b0241b0bfdaf86cc856231f2d5aba46c434ec196c"));
    const Secret psk = hkdf_expand_label(Hash::sha256, resumption, "resumption", octets("0000"), 32);
    BOOST_TEST(text(psk) == "4ecd0eb6ec3b4d87f5d6028f922ca4c5851a277fd41311c9e62d2c9492e1c4f3");
    const Secret early = hkdf_extract(Hash::sha256, {}, psk.bytes());
    BOOST_TEST(text(early) == "9b2188e9b2fc6d64d71dc329900e20bb41915000f678aa839cbb797cb7d8332c");
    const Secret binder = derive_secret(Hash::sha256, early, "res binder", digest(Hash::sha256, {}).bytes());
    BOOST_TEST(text(binder) == "69fe131a3bbad5d63c64eebcc30e395b9d8107726a13d074e389dbc8a4e47256");
}

// RFC 8448 has no suite with SHA-384; these were computed with openssl kdf of OpenSSL 3.0, the labels by hand.
BOOST_AUTO_TEST_CASE(sha384_is_openssls) {
    const Secret early = hkdf_extract(Hash::sha384, {}, Secret(48).bytes());
    BOOST_TEST(text(early) == "7ee8206f5570023e6dc7519eb1073bc4e791ad37b5c382aa10ba18e2357e7169"
                              "71f9362f2c2fe2a76bfd78dfec4ea9b5");
    BOOST_TEST(text(onward(Hash::sha384, early)) ==
               "1591dac5cbbf0330a4a84de9c753330e92d01f0a88214b4464972fd668049e93"
               "e52f2b16fad922fdc0584478428f282b");
    const Secret secret = counting(48);
    BOOST_TEST(keys(KtlsCipher::aes_256_gcm, {secret.bytes().begin(), secret.bytes().end()}) ==
               "ab56e7ea07eaef99986a0f0accb58f3ac7db5ce322196d9667722ed2a63d8a64 fc4dc87e05fa4337db00ad3d");
    BOOST_TEST(text(next_traffic_secret(Hash::sha384, secret)) ==
               "9e4bc452eeb9e7499109414487d6da7ce8db5b1aa75c7ef63008edb44e0dfbe3"
               "f7e1d8689e00d4e5859bb784f637fb74");
}

// RFC 9001 A.5: what QUIC makes of a secret for TLS_CHACHA20_POLY1305_SHA256 with labels of its own.
BOOST_AUTO_TEST_CASE(other_protocols_bring_their_own_labels) {
    const Secret secret(octets("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b"));
    BOOST_TEST(text(hkdf_expand_label(Hash::sha256, secret, "quic key", {}, 32)) ==
               "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8");
    BOOST_TEST(text(hkdf_expand_label(Hash::sha256, secret, "quic iv", {}, 12)) ==
               "e0459b3474bdd0e44a41c144");
    BOOST_TEST(text(hkdf_expand_label(Hash::sha256, secret, "quic ku", {}, 32)) ==
               "1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9");
}

BOOST_AUTO_TEST_CASE(each_cipher_has_its_hash_and_its_length_of_key) {
    BOOST_TEST((hash_of(KtlsCipher::aes_128_gcm) == Hash::sha256));
    BOOST_TEST((hash_of(KtlsCipher::aes_256_gcm) == Hash::sha384));
    BOOST_TEST((hash_of(KtlsCipher::chacha20_poly1305) == Hash::sha256));
    for (const auto cipher :
         {KtlsCipher::aes_128_gcm, KtlsCipher::aes_256_gcm, KtlsCipher::chacha20_poly1305}) {
        const TrafficKeys keys = derive_traffic_keys(cipher, counting(size_of(hash_of(cipher))));
        BOOST_TEST(keys.key.size() == key_size(cipher));
        BOOST_TEST(hex(keys.sequence) == "0000000000000000");
    }
}

BOOST_AUTO_TEST_CASE(what_an_hkdf_label_has_no_room_for_is_a_fault_of_the_program) {
    const Secret secret = counting(32);
    const std::vector<std::byte> context(256);
    const auto length_of = [&](std::size_t label, std::size_t context_size, std::size_t length) {
        return hkdf_expand_label(Hash::sha256, secret, std::string(label, 'a'),
                                 std::span(context).first(context_size), length)
            .size();
    };
    BOOST_TEST(length_of(249, 255, 255 * 32) == 255 * 32);
    BOOST_CHECK_THROW(length_of(250, 0, 32), std::invalid_argument);
    BOOST_CHECK_THROW(length_of(1, 256, 32), std::invalid_argument);
    BOOST_CHECK_THROW(length_of(1, 0, 255 * 32 + 1), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
