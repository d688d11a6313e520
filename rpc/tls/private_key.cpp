// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/private_key.hpp"

#include "rpc/base/text.hpp"

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

using KeyId = std::array<unsigned char, 32>;

} // namespace

Result<X509Privkey> import_private_key(const Secret &pem_or_der, std::string_view origin) {
    const bool is_pem = as_text(pem_or_der.bytes()).find("-----BEGIN ") != std::string_view::npos;
    const gnutls_datum_t datum = borrow(pem_or_der.bytes());
    auto key = new_key();
    const int code = gnutls_x509_privkey_import2(
        key.get(), &datum, is_pem ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER, nullptr, 0);
    if (code == GNUTLS_E_DECRYPTION_FAILED)
        return Error{Stage::input, "private-key-encrypted",
                     "the private key in " + printable(origin) + " is encrypted"}
            .advise(
                "decrypt it first (certtool --to-p8 --key-info --no-text), and keep the result at mode 0600");
    if (code < 0)
        return Error{Stage::input, "private-key-unreadable",
                     "cannot read the private key in " + printable(origin)}
            .with("reason", gnutls_strerror(code))
            .advise("it takes one private key, PKCS#8 or traditional, in PEM or DER form");
    return key;
}

Result<X509Privkey> generate_private_key(KeyKind kind) {
    gnutls_pk_algorithm_t algorithm = GNUTLS_PK_ECDSA;
    unsigned bits = 0;
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
    }
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

bool is_key_of(gnutls_x509_privkey_t key, gnutls_x509_crt_t certificate) {
    KeyId of_key{};
    KeyId of_certificate{};
    std::size_t size = of_key.size();
    if (gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, of_key.data(), &size) < 0)
        return false;
    size = of_certificate.size();
    return gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, of_certificate.data(), &size) >=
               0 &&
           of_key == of_certificate;
}

} // namespace rpctls::tls
