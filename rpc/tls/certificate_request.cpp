// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/certificate_request.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/certificate_builder.hpp"
#include "rpc/tls/private_key.hpp"
#include "rpc/tls/signing_request.hpp"
#include "rpc/tls/subject_names.hpp"
#include "rpc/tls/x509.hpp"

#include <array>
#include <new>

namespace rpctls::tls {

namespace {

constexpr unsigned most_names = 64;

Crq new_request() {
    auto request = make<Crq>(gnutls_x509_crq_init);
    if (!request)
        throw std::bad_alloc();
    return request;
}

/// As cert check measures it: what is signed today is to be sound when it ends.
Status check_strength(gnutls_x509_crq_t request, std::string_view origin) {
    unsigned bits = 0;
    const int algorithm = gnutls_x509_crq_get_pk_algorithm(request, &bits);
    if (algorithm >= 0 && gnutls_pk_bits_to_sec_param(static_cast<gnutls_pk_algorithm_t>(algorithm), bits) >=
                              GNUTLS_SEC_PARAM_MEDIUM)
        return {};
    const char *name =
        algorithm < 0 ? nullptr : gnutls_pk_get_name(static_cast<gnutls_pk_algorithm_t>(algorithm));
    return Error{Stage::input, "weak-key",
                 "the certificate request in " + printable(origin) + " is for a key that is too weak"}
        .with("key",
              name == nullptr ? "unknown" : std::string(name) + " of " + std::to_string(bits) + " bits")
        .with("expected", "RSA of 2048 bits or more, or ECDSA or EdDSA")
        .advise("have it made anew for a new key");
}

Result<Crq> import_request(std::span<const std::byte> csr, std::string_view origin) {
    const bool is_pem = as_text(csr).find("-----BEGIN ") != std::string_view::npos;
    auto request = new_request();
    const gnutls_datum_t datum = borrow(csr);
    int code =
        gnutls_x509_crq_import(request.get(), &datum, is_pem ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER);
    if (code < 0)
        return Error{Stage::input, "request-unreadable",
                     "cannot read the certificate request in " + printable(origin)}
            .with("reason", gnutls_strerror(code))
            .advise("it takes a PKCS#10 request in PEM or DER form, as tlsctl cert request or openssl req "
                    "make it");
    code = gnutls_x509_crq_verify(request.get(), 0);
    if (code < 0)
        return Error{Stage::input, "request-unproven",
                     "the certificate request in " + printable(origin) +
                         " is not signed with the key that it asks a certificate for"}
            .with("reason", gnutls_strerror(code))
            .advise("have it made again on the host that has the key");
    if (auto strong = check_strength(request.get(), origin); !strong)
        return std::move(strong).error();
    return request;
}

std::string common_name_of(gnutls_x509_crq_t request) {
    std::array<char, 512> name;
    std::size_t size = name.size();
    const int code =
        gnutls_x509_crq_get_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name.data(), &size);
    return code < 0 ? std::string() : printable(std::string_view(name.data(), size));
}

void read_names(gnutls_x509_crq_t request, CertificateRequestInfo &info) {
    for (unsigned i = 0; i < most_names; ++i) {
        std::array<char, 512> name;
        std::size_t size = name.size();
        unsigned critical = 0;
        const int kind =
            gnutls_x509_crq_get_subject_alt_name(request, i, name.data(), &size, nullptr, &critical);
        if (kind == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            break;
        if (kind == GNUTLS_SAN_DNSNAME)
            info.dns_names.emplace_back(name.data(), size);
        else if (kind == GNUTLS_SAN_IPADDRESS)
            info.ip_addresses.push_back(address_text(std::as_bytes(std::span(name)).first(size)));
    }
}

Result<Pubkey> key_of(gnutls_x509_crq_t request) {
    auto key = make<Pubkey>(gnutls_pubkey_init);
    if (!key)
        throw std::bad_alloc();
    if (const int code = gnutls_pubkey_import_x509_crq(key.get(), request, 0); code < 0)
        return issuing_failed(code);
    return key;
}

/// As CertificateInfo::spki_pin; empty when the key has none.
std::string pin_of(gnutls_pubkey_t key) {
    std::array<std::byte, 32> digest{};
    std::size_t size = digest.size();
    const int code = gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256,
                                              reinterpret_cast<unsigned char *>(digest.data()), &size);
    return code < 0 ? std::string() : hex(digest);
}

Result<CertificateRequestInfo> describe(gnutls_x509_crq_t request) {
    CertificateRequestInfo info;
    info.common_name = common_name_of(request);
    read_names(request, info);
    auto key = key_of(request);
    if (!key)
        return std::move(key).error();
    info.key_type = key_type(key->get());
    info.spki_pin = pin_of(key->get());
    return info;
}

Status fill(gnutls_x509_crq_t request, const LeafRequest &wanted, const CheckedNames &names) {
    Steps steps;
    steps.step(gnutls_x509_crq_set_version, request, 1u)
        .step(gnutls_x509_crq_set_dn_by_oid, request, GNUTLS_OID_X520_COMMON_NAME, 0u,
              wanted.common_name.data(), static_cast<unsigned>(wanted.common_name.size()));
    for (const std::string &name : names.dns_names)
        steps.step(gnutls_x509_crq_set_subject_alt_name, request, GNUTLS_SAN_DNSNAME, name.data(),
                   static_cast<unsigned>(name.size()), unsigned{GNUTLS_FSAN_APPEND});
    for (const auto &address : names.ip_addresses)
        steps.step(gnutls_x509_crq_set_subject_alt_name, request, GNUTLS_SAN_IPADDRESS, address.data(),
                   static_cast<unsigned>(address.size()), unsigned{GNUTLS_FSAN_APPEND});
    steps.step(gnutls_x509_crq_set_key_usage, request, unsigned{GNUTLS_KEY_DIGITAL_SIGNATURE});
    for (const char *purpose : purposes(wanted.profile))
        steps.step(gnutls_x509_crq_set_key_purpose_oid, request, static_cast<const void *>(purpose), 0u);
    return steps.status();
}

/// Without the private key, which the signer need not give away.
Result<NewRequest> signed_request(const LeafRequest &wanted, gnutls_privkey_t signer) {
    if (auto valid = check_common_name(wanted.common_name); !valid)
        return std::move(valid).error();
    auto names = check_names(wanted);
    if (!names)
        return std::move(names).error();
    auto pubkey = public_key(signer);
    if (!pubkey)
        return std::move(pubkey).error();
    auto request = new_request();
    if (auto filled = fill(request.get(), wanted, *names); !filled)
        return std::move(filled).error();
    Datum pem;
    int code = gnutls_x509_crq_set_pubkey(request.get(), pubkey->get());
    if (code >= 0)
        code = gnutls_x509_crq_privkey_sign(request.get(), signer, digest_for(signer), 0);
    if (code >= 0)
        code = gnutls_x509_crq_export2(request.get(), GNUTLS_X509_FMT_PEM, pem.out());
    if (code < 0)
        return issuing_failed(code);
    auto info = describe(request.get());
    if (!info)
        return std::move(info).error();
    return NewRequest{std::string(pem.text()), {}, std::move(*info)};
}

} // namespace

Result<NewRequest> make_certificate_request(const LeafRequest &wanted, const Secret &key_pem) {
    auto key = key_pem.empty() ? generate_private_key(wanted.key)
                               : import_private_key(key_pem, "the key to be kept");
    if (!key)
        return std::move(key).error();
    auto signer = signing_key(key->get());
    if (!signer)
        return std::move(signer).error();
    auto request = signed_request(wanted, signer->get());
    if (!request)
        return request;
    auto private_key = export_private_key(key->get(), GNUTLS_X509_FMT_PEM);
    if (!private_key)
        return std::move(private_key).error();
    request->private_key_pem = std::move(*private_key);
    return request;
}

Result<NewRequest> make_certificate_request_for(const LeafRequest &wanted, std::string_view key_url) {
    auto signer = open_key_url(key_url);
    if (!signer)
        return std::move(signer).error();
    return signed_request(wanted, signer->get());
}

Result<CertificateRequestInfo> read_certificate_request(std::span<const std::byte> csr,
                                                        std::string_view origin) {
    auto request = import_request(csr, origin);
    if (!request)
        return std::move(request).error();
    return describe(request->get());
}

bool is_request_for(std::span<const std::byte> csr, const Secret &key_pem) {
    const auto request = read_certificate_request(csr, "");
    const auto key = import_private_key(key_pem, "");
    const auto signer = key ? signing_key(key->get()) : Result<Privkey>(key.error());
    const auto own = signer ? public_key(signer->get()) : Result<Pubkey>(signer.error());
    return request && own && !request->spki_pin.empty() && request->spki_pin == pin_of(own->get());
}

Result<Pubkey> requested_key(std::span<const std::byte> csr, std::string_view origin) {
    auto request = import_request(csr, origin);
    if (!request)
        return std::move(request).error();
    return key_of(request->get());
}

} // namespace rpctls::tls
