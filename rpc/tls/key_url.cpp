// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/key_url.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/private_key.hpp"
#include "rpc/tls/x509.hpp"

#include <gnutls/pkcs11.h>

#include <algorithm>
#include <new>

namespace rpctls::tls {

namespace {

constexpr std::size_t longest_url = 4096;

Error unreachable(std::string what, std::string_view url, int code) {
    return Error{Stage::input, "token-unreachable", std::move(what) + " " + std::string(url)}
        .with("reason", gnutls_strerror(code))
        .advise(
            "see what there is with p11tool --list-all; the PIN stands in the file that pin-source= of the "
            "URL names, for root alone");
}

/// As RFC 8446 has it sign: what another kind of key would refuse is found now, not in a handshake.
gnutls_sign_algorithm_t algorithm_for(gnutls_pubkey_t key) {
    gnutls_digest_algorithm_t digest = GNUTLS_DIG_SHA256;
    unsigned mandatory = 0;
    (void)gnutls_pubkey_get_preferred_hash_algorithm(key, &digest, &mandatory);
    return gnutls_pk_to_sign(static_cast<gnutls_pk_algorithm_t>(gnutls_pubkey_get_pk_algorithm(key, nullptr)),
                             digest);
}

} // namespace

Status check_key_url(std::string_view url) {
    const bool plain = std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~'; });
    const std::string scheme = printable(url.substr(0, std::min(url.find(':'), std::size_t{20})));
    if (url.size() > longest_url || !plain)
        return Error{Stage::input, "key-url-invalid", "the URL of a key makes no sense"}
            .with("scheme", scheme)
            .with("it may have", "up to " + std::to_string(longest_url) + " printable ASCII characters")
            .advise("quote it for the shell; p11tool --list-all prints URLs");
    // What is before the PIN is not told either: the URL is not to be repeated anywhere.
    if (lower_case(url).find("pin-value") != std::string::npos)
        return Error{Stage::input, "pin-in-url", "the URL of a key has its PIN in it"}
            .with("scheme", scheme)
            .advise(
                "put the PIN into a file of mode 0600 and name that with pin-source=; the PIN that was given "
                "may have been seen");
    if (gnutls_url_is_supported(std::string(url).c_str()) == 0)
        return Error{Stage::input, "key-url-unsupported", "GnuTLS on this host takes no URLs of this kind"}
            .with("scheme", scheme)
            .advise("use pkcs11: URLs; TPMs have a PKCS #11 module, tpm2-pkcs11");
    return {};
}

Result<std::vector<CertificateInfo>> read_certificate_url(std::string_view url) {
    if (auto valid = check_key_url(url); !valid)
        return std::move(valid).error();
    const auto certificate = make<Crt>(gnutls_x509_crt_init);
    if (!certificate)
        throw std::bad_alloc();
    if (const int code = gnutls_x509_crt_import_url(certificate.get(), std::string(url).c_str(), 0); code < 0)
        return unreachable("cannot read the certificate", url, code);
    auto described = describe(certificate.get(), url);
    if (!described)
        return std::move(described).error();
    std::vector<CertificateInfo> chain;
    chain.push_back(std::move(*described));
    return chain;
}

Result<Privkey> open_key_url(std::string_view url) {
    if (auto valid = check_key_url(url); !valid)
        return std::move(valid).error();
    auto key = make<Privkey>(gnutls_privkey_init);
    if (!key)
        throw std::bad_alloc();
    if (const int code = gnutls_privkey_import_url(key.get(), std::string(url).c_str(), 0); code < 0)
        return unreachable("cannot use the private key", url, code);
    return key;
}

Status check_signs_for(gnutls_privkey_t key, const CertificateInfo &certificate, std::string_view key_origin,
                       std::string_view certificate_origin) {
    const auto handle = import_certificate(certificate.der, certificate_origin);
    if (!handle)
        return handle.error();
    const auto own = make<Pubkey>(gnutls_pubkey_init);
    if (!own)
        throw std::bad_alloc();
    if (const int code = gnutls_pubkey_import_x509(own.get(), handle->get(), 0); code < 0)
        return Error{Stage::input, "certificate-unreadable",
                     "cannot use the certificate in " + printable(certificate_origin)}
            .with("reason", gnutls_strerror(code));
    const Error mismatch =
        Error{Stage::input, "key-mismatch",
              "the private key in " + printable(key_origin) + " does not belong to the certificate in " +
                  printable(certificate_origin)}
            .with("certificate", certificate.subject)
            .advise("give the URL of the key that was made with this certificate");
    if (gnutls_privkey_get_pk_algorithm(key, nullptr) != gnutls_pubkey_get_pk_algorithm(own.get(), nullptr))
        return mismatch;
    const auto algorithm = algorithm_for(own.get());
    const gnutls_datum_t text = borrow(as_bytes("rpctls asks whether this key is that of a certificate"));
    Datum signature;
    if (const int code = gnutls_privkey_sign_data2(key, algorithm, 0, &text, signature.out()); code < 0)
        return unreachable("cannot sign with the private key", key_origin, code);
    if (gnutls_pubkey_verify_data2(own.get(), algorithm, 0, &text, signature.get()) < 0)
        return mismatch;
    return {};
}

Status check_key_of_url(std::string_view url, const CertificateInfo &certificate,
                        std::string_view certificate_origin) {
    const auto key = open_key_url(url);
    return key ? check_signs_for(key->get(), certificate, url, certificate_origin) : Status(key.error());
}

} // namespace rpctls::tls
