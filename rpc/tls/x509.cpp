// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/x509.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/der.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <new>

namespace rpctls::tls {

namespace {

Error unreadable(std::string_view origin, int code) {
    return Error{Stage::input, "certificate-unreadable",
                 "cannot read the certificate in " + printable(origin)}
        .with("reason", gnutls_strerror(code))
        .advise("it takes an X.509 certificate in PEM or DER form, and only whole ones");
}

/// RFC 5280 4.2.1.6. Read here in one pass: asking GnuTLS for the n-th name again and again takes quadratic
/// time.
void read_names(gnutls_x509_crt_t certificate, CertificateInfo &info) {
    constexpr std::uint8_t sequence = 0x30, dns_name = 0x82, uri = 0x86, ip_address = 0x87;
    Datum extension;
    if (gnutls_x509_crt_get_extension_by_oid2(certificate, GNUTLS_X509EXT_OID_SAN, 0, extension.out(),
                                              nullptr) < 0)
        return;
    std::span<const std::byte> input = extension.bytes();
    const auto names = take_der(input);
    if (!names || names->tag != sequence)
        return;
    input = names->content;
    while (const auto name = take_der(input)) {
        if (name->tag == dns_name)
            info.dns_names.emplace_back(as_text(name->content));
        else if (name->tag == uri)
            info.uris.emplace_back(as_text(name->content));
        else if (name->tag == ip_address)
            info.ip_addresses.push_back(address_text(name->content));
    }
}

void read_usages(gnutls_x509_crt_t certificate, CertificateInfo &info) {
    static constexpr std::pair<unsigned, const char *> words[] = {
        {GNUTLS_KEY_DIGITAL_SIGNATURE, "digitalSignature"},
        {GNUTLS_KEY_NON_REPUDIATION, "nonRepudiation"},
        {GNUTLS_KEY_KEY_ENCIPHERMENT, "keyEncipherment"},
        {GNUTLS_KEY_DATA_ENCIPHERMENT, "dataEncipherment"},
        {GNUTLS_KEY_KEY_AGREEMENT, "keyAgreement"},
        {GNUTLS_KEY_KEY_CERT_SIGN, "keyCertSign"},
        {GNUTLS_KEY_CRL_SIGN, "cRLSign"},
        {GNUTLS_KEY_ENCIPHER_ONLY, "encipherOnly"},
        {GNUTLS_KEY_DECIPHER_ONLY, "decipherOnly"},
    };
    unsigned bits = 0;
    if (gnutls_x509_crt_get_key_usage(certificate, &bits, nullptr) >= 0)
        for (const auto &[bit, word] : words)
            if ((bits & bit) != 0)
                info.key_usages.emplace_back(word);
    constexpr unsigned most = 32;
    for (unsigned i = 0; i < most; ++i) {
        std::array<char, 128> oid;
        std::size_t size = oid.size();
        if (gnutls_x509_crt_get_key_purpose_oid(certificate, i, oid.data(), &size, nullptr) < 0)
            break;
        info.extended_key_usages.emplace_back(oid.data());
    }
}

std::string curve_name(gnutls_pubkey_t key, unsigned bits) {
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    Datum x;
    Datum y;
    if (gnutls_pubkey_export_ecc_raw(key, &curve, x.out(), y.out()) < 0)
        return std::to_string(bits);
    switch (curve) {
    case GNUTLS_ECC_CURVE_SECP256R1:
        return "P-256";
    case GNUTLS_ECC_CURVE_SECP384R1:
        return "P-384";
    case GNUTLS_ECC_CURVE_SECP521R1:
        return "P-521";
    default:
        const char *name = gnutls_ecc_curve_get_name(curve);
        return name != nullptr ? name : std::to_string(bits);
    }
}

std::string key_type(gnutls_x509_crt_t certificate) {
    auto key = make<Pubkey>(gnutls_pubkey_init);
    if (!key)
        throw std::bad_alloc();
    return gnutls_pubkey_import_x509(key.get(), certificate, 0) < 0 ? "unknown" : tls::key_type(key.get());
}

std::string serial(gnutls_x509_crt_t certificate) {
    // RFC 5280 allows 20 octets; some issuers use a few more.
    std::array<std::byte, 64> octets;
    std::size_t size = octets.size();
    if (gnutls_x509_crt_get_serial(certificate, octets.data(), &size) < 0)
        return {};
    return hex(std::span(octets).first(size));
}

template <class Getter>
std::string distinguished_name(gnutls_x509_crt_t certificate, Getter getter) {
    Datum text;
    return getter(certificate, text.out(), 0) < 0 ? std::string() : printable(text.text());
}

} // namespace

Time from_seconds(std::time_t seconds) {
    using std::chrono::duration_cast;
    const auto last = duration_cast<std::chrono::seconds>(Time::max().time_since_epoch()).count();
    return Time(std::chrono::seconds(std::clamp<std::time_t>(seconds, 0, last)));
}

std::string address_text(std::span<const std::byte> octets) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (octets.size() != 4 && octets.size() != 16)
        return "malformed " + hex(octets);
    ::inet_ntop(octets.size() == 4 ? AF_INET : AF_INET6, octets.data(), text.data(), text.size());
    return text.data();
}

std::string key_type(gnutls_pubkey_t key) {
    unsigned bits = 0;
    const int algorithm = gnutls_pubkey_get_pk_algorithm(key, &bits);
    switch (algorithm) {
    case GNUTLS_PK_ECDSA:
        return "ECDSA " + curve_name(key, bits);
    case GNUTLS_PK_EDDSA_ED25519:
        return "Ed25519";
    case GNUTLS_PK_EDDSA_ED448:
        return "Ed448";
    default:
        const char *name = algorithm < 0
                               ? nullptr
                               : gnutls_pk_algorithm_get_name(static_cast<gnutls_pk_algorithm_t>(algorithm));
        return name == nullptr ? "unknown" : std::string(name) + " " + std::to_string(bits);
    }
}

Result<Crt> import_certificate(std::span<const std::byte> der, std::string_view origin) {
    Crt certificate = make<Crt>(gnutls_x509_crt_init);
    if (!certificate)
        throw std::bad_alloc();
    const gnutls_datum_t datum = borrow(der);
    if (const int code = gnutls_x509_crt_import(certificate.get(), &datum, GNUTLS_X509_FMT_DER); code < 0)
        return unreadable(origin, code);
    return certificate;
}

Result<CertificateInfo> describe(gnutls_x509_crt_t certificate, std::string_view origin) {
    CertificateInfo info;
    Datum der;
    if (const int code = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, der.out()); code < 0)
        return unreadable(origin, code);
    info.der.assign(der.bytes().begin(), der.bytes().end());
    info.subject = distinguished_name(certificate, gnutls_x509_crt_get_dn3);
    info.issuer = distinguished_name(certificate, gnutls_x509_crt_get_issuer_dn3);
    info.serial = serial(certificate);
    info.not_before = from_seconds(gnutls_x509_crt_get_activation_time(certificate));
    info.not_after = from_seconds(gnutls_x509_crt_get_expiration_time(certificate));
    read_names(certificate, info);
    read_usages(certificate, info);
    info.is_ca = gnutls_x509_crt_get_ca_status(certificate, nullptr) > 0;
    info.key_type = key_type(certificate);

    std::array<std::byte, 32> digest;
    std::size_t size = digest.size();
    if (const int code = gnutls_hash_fast(GNUTLS_DIG_SHA256, info.der.data(), info.der.size(), digest.data());
        code < 0)
        return unreadable(origin, code);
    info.fingerprint = hex(digest);
    if (const int code = gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256,
                                                    reinterpret_cast<unsigned char *>(digest.data()), &size);
        code < 0)
        return unreadable(origin, code);
    info.spki_pin = hex(digest);
    return info;
}

Result<CertificateInfo> describe(std::span<const std::byte> der, std::string_view origin) {
    auto certificate = import_certificate(der, origin);
    if (!certificate)
        return std::move(certificate).error();
    return describe(certificate->get(), origin);
}

} // namespace rpctls::tls
