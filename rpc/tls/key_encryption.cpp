// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/key_encryption.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/passphrase.hpp"
#include "rpc/tls/private_key.hpp"

#include <array>
#include <new>

namespace rpctls::tls {

bool is_encrypted_key(const Secret &pem) {
    return as_text(pem.bytes()).find("-----BEGIN ENCRYPTED PRIVATE KEY") != std::string_view::npos;
}

Result<Secret> encrypt_private_key(const Secret &pem, const Secret &passphrase) {
    if (auto strong = check_passphrase(passphrase); !strong)
        return std::move(strong).error();
    auto password = terminated(passphrase);
    if (!password)
        return std::move(password).error();
    auto key = import_private_key(pem, "the new key");
    if (!key)
        return std::move(key).error();
    Datum encrypted;
    const int code = gnutls_x509_privkey_export2_pkcs8(key->get(), GNUTLS_X509_FMT_PEM, c_string(*password),
                                                       GNUTLS_PKCS_PBES2_AES_256, encrypted.out());
    if (code < 0)
        return unreadable_private_key("the new key", code);
    return Secret(encrypted.bytes());
}

Result<Secret> decrypt_private_key(const Secret &encrypted_pem, const Secret &passphrase,
                                   std::string_view origin) {
    auto password = terminated(passphrase);
    if (!password)
        return std::move(password).error();
    const gnutls_datum_t datum = borrow(encrypted_pem.bytes());
    unsigned rounds = 0;
    std::array<unsigned char, 1024> salt;
    unsigned salt_size = salt.size();
    int code = gnutls_pkcs8_info(&datum, GNUTLS_X509_FMT_PEM, nullptr, nullptr, salt.data(), &salt_size,
                                 &rounds, nullptr);
    if (code < 0)
        return unreadable_private_key(origin, code);
    if (rounds > most_derivation_rounds)
        return Error{Stage::input, "private-key-costly",
                     "the private key in " + printable(origin) +
                         " asks for too many rounds of key derivation"}
            .with("rounds", std::to_string(rounds))
            .with("at most", std::to_string(most_derivation_rounds))
            .advise("encrypt it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000");
    auto key = make<X509Privkey>(gnutls_x509_privkey_init);
    if (!key)
        throw std::bad_alloc();
    code = gnutls_x509_privkey_import_pkcs8(key.get(), &datum, GNUTLS_X509_FMT_PEM, c_string(*password), 0);
    if (code == GNUTLS_E_DECRYPTION_FAILED)
        return Error{Stage::input, "passphrase-wrong",
                     "the private key in " + printable(origin) + " does not open with this passphrase"}
            .advise("give the one that it was encrypted with");
    if (code < 0)
        return unreadable_private_key(origin, code);
    return export_private_key(key.get(), GNUTLS_X509_FMT_PEM);
}

} // namespace rpctls::tls
