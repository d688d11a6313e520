// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/private_key.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/post_quantum.hpp"

#include <array>
#include <new>

namespace rpctls::tls {

namespace {

X509Privkey new_key() {
    auto key = make<X509Privkey>(gnutls_x509_privkey_init);
    if (!key)
        throw std::bad_alloc();
    return key;
}

/// SHA-256 of the public key, as CertificateInfo::spki_pin; empty when the key has none.
std::string public_key_pin(gnutls_x509_privkey_t key) {
    std::array<std::byte, 32> digest{};
    std::size_t size = digest.size();
    const int code = gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256,
                                                    reinterpret_cast<unsigned char *>(digest.data()), &size);
    return code < 0 ? std::string() : hex(digest);
}

} // namespace

Error unreadable_private_key(std::string_view origin, int code) {
    return Error{Stage::input, "private-key-unreadable",
                 "cannot read the private key in " + printable(origin)}
        .with("reason", gnutls_strerror(code))
        .advise("it takes one unencrypted private key, PKCS#8 or traditional, in PEM or DER form");
}

Result<X509Privkey> import_private_key(const Secret &pem_or_der, std::string_view origin) {
    const std::string_view text = as_text(pem_or_der.bytes());
    const auto has = [&](std::string_view mark) { return text.find(mark) != std::string_view::npos; };
    const bool encrypted_pem = has("-----BEGIN ENCRYPTED PRIVATE KEY") || has("Proc-Type: 4,ENCRYPTED");
    const auto format = has("-----BEGIN ") ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER;
    const gnutls_datum_t datum = borrow(pem_or_der.bytes());
    auto key = new_key();
    const int code = encrypted_pem ? GNUTLS_E_DECRYPTION_FAILED
                                   : gnutls_x509_privkey_import2(key.get(), &datum, format, nullptr, 0);
    if (code == GNUTLS_E_DECRYPTION_FAILED)
        return Error{Stage::input, "private-key-encrypted",
                     "the private key in " + printable(origin) + " is encrypted"}
            .advise("nobody is there to type its password: store it unencrypted, readable by its owner only "
                    "(openssl pkey -in OLD -out NEW)");
    if (code < 0)
        return unreadable_private_key(origin, code);
    return key;
}

Result<X509Privkey> generate_private_key(KeyKind kind) {
    gnutls_pk_algorithm_t algorithm = GNUTLS_PK_ECDSA;
    unsigned bits = 0;
    const char *post_quantum = nullptr;
    switch (kind) {
    case KeyKind::ecdsa_p256:
        bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
        break;
    case KeyKind::ecdsa_p384:
        bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1);
        break;
    case KeyKind::rsa_3072:
        algorithm = GNUTLS_PK_RSA;
        bits = 3072;
        break;
    case KeyKind::ed25519:
        algorithm = GNUTLS_PK_EDDSA_ED25519;
        break;
    case KeyKind::ml_dsa_44:
        post_quantum = "ML-DSA-44";
        break;
    case KeyKind::ml_dsa_65:
        post_quantum = "ML-DSA-65";
        break;
    case KeyKind::ml_dsa_87:
        post_quantum = "ML-DSA-87";
        break;
    }
    // By name: the library that we were built with need not know the number.
    if (post_quantum != nullptr)
        algorithm = gnutls_pk_get_id(post_quantum);
    if (algorithm == GNUTLS_PK_UNKNOWN)
        return Error{Stage::kernel, "key-type-unsupported", library_version() + " makes no keys of this type"}
            .with("key type", post_quantum)
            .advise("GnuTLS 3.8.10 and newer can, when built for it; choose another --key-type otherwise");
    auto key = new_key();
    if (const int code = gnutls_x509_privkey_generate(key.get(), algorithm, bits, 0); code < 0)
        return Error{Stage::input, "key-generation-failed", "cannot make a new private key"}
            .with("reason", gnutls_strerror(code))
            .advise(
                "the system's cryptographic policy may forbid this kind of key: choose another --key-type");
    return key;
}

Result<Secret> export_private_key(gnutls_x509_privkey_t key, gnutls_x509_crt_fmt_t format) {
    Datum exported;
    const int code =
        gnutls_x509_privkey_export2_pkcs8(key, format, nullptr, GNUTLS_PKCS_PLAIN, exported.out());
    if (code < 0)
        return Error{Stage::input, "private-key-unreadable", "cannot write the private key as PKCS#8"}.with(
            "reason", gnutls_strerror(code));
    Secret secret(exported.bytes());
    wipe(exported.bytes());
    return secret;
}

Status check_key_of(gnutls_x509_privkey_t key, const CertificateInfo &certificate,
                    std::string_view key_origin, std::string_view certificate_origin) {
    const std::string pin = public_key_pin(key);
    if (pin == certificate.spki_pin)
        return {};
    return Error{Stage::input, "key-mismatch",
                 "the private key in " + printable(key_origin) + " does not belong to the certificate in " +
                     printable(certificate_origin)}
        .with("certificate", certificate.subject + ", public key " + certificate.spki_pin)
        .with("private key", "public key " + pin)
        .advise("give the key that was made with this certificate; in a chain the certificate itself comes "
                "first");
}

} // namespace rpctls::tls
