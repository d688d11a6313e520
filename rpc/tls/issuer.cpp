// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/issuer.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/authority.hpp"
#include "rpc/tls/certificate_builder.hpp"
#include "rpc/tls/private_key.hpp"
#include "rpc/tls/signing_request.hpp"
#include "rpc/tls/x509.hpp"

#include <algorithm>

namespace rpctls::tls {

namespace {

Result<CertificateInfo> signed_certificate(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer,
                                           gnutls_privkey_t issuer_key) {
    const int code = gnutls_x509_crt_privkey_sign(certificate, issuer, issuer_key, digest_for(issuer_key), 0);
    if (code < 0)
        return issuing_failed(code);
    return describe(certificate, "the new certificate");
}

Result<IssuedPair> with_key(CertificateInfo info, gnutls_x509_privkey_t key) {
    auto key_pem = export_private_key(key, GNUTLS_X509_FMT_PEM);
    if (!key_pem)
        return std::move(key_pem).error();
    return IssuedPair{to_pem({&info, 1}), std::move(*key_pem), std::move(info)};
}

/// A leaf for `key`, signed: its own certificate and the intermediate ones above it.
Result<IssuedPair> signed_leaf(const LeafRequest &request, gnutls_pubkey_t key, const Authority &authority) {
    auto names = check_names(request);
    if (!names)
        return std::move(names).error();
    const CertificateInfo &ca = authority.chain.front();
    if (request.not_after > ca.not_after)
        return Error{Stage::input, "validity-exceeds-ca", "the certificate would outlive its CA"}
            .with("until", format_time(request.not_after))
            .with("CA until", format_time(ca.not_after))
            .advise("ask for fewer days, or renew the CA (tlsctl ca renew)");
    auto certificate = blank_certificate(request.common_name, key, request.not_before, request.not_after);
    if (!certificate)
        return std::move(certificate).error();
    gnutls_x509_crt_t crt = certificate->get();
    gnutls_x509_crt_t issuer = authority.certificate.get();
    if (auto status = set_usages(crt, request.profile); !status)
        return std::move(status).error();
    if (auto status = set_names(crt, *names); !status)
        return std::move(status).error();
    if (auto status = check_name_constraints(*names, issuer); !status)
        return std::move(status).error();
    if (auto status = set_authority(crt, issuer); !status)
        return std::move(status).error();
    auto info = signed_certificate(crt, issuer, authority.key.get());
    if (!info)
        return std::move(info).error();
    IssuedPair issued{to_pem({&*info, 1}), {}, std::move(*info)};
    // Peers hold the root themselves; they need to be sent what lies between.
    for (const CertificateInfo &above : authority.chain)
        if (above.subject != above.issuer)
            issued.certificate_pem += to_pem({&above, 1});
    return issued;
}

Result<Authority> load_valid(std::string_view certificate_pem, const Secret &key_pem) {
    auto authority = load_authority(certificate_pem, key_pem);
    if (authority)
        if (auto valid = check_not_expired(*authority); !valid)
            return std::move(valid).error();
    return authority;
}

Result<IssuedPair> issue_for(const LeafRequest &request, gnutls_x509_privkey_t key,
                             const Authority &authority) {
    auto signer = signing_key(key);
    if (!signer)
        return std::move(signer).error();
    auto pubkey = public_key(signer->get());
    if (!pubkey)
        return std::move(pubkey).error();
    auto issued = signed_leaf(request, pubkey->get(), authority);
    if (!issued)
        return issued;
    auto pem = export_private_key(key, GNUTLS_X509_FMT_PEM);
    if (!pem)
        return std::move(pem).error();
    issued->private_key_pem = std::move(*pem);
    return issued;
}

} // namespace

Result<IssuedPair> make_ca(const CaRequest &request) {
    auto key = generate_private_key(request.key);
    if (!key)
        return std::move(key).error();
    auto signer = signing_key(key->get());
    if (!signer)
        return std::move(signer).error();
    auto pubkey = public_key(signer->get());
    if (!pubkey)
        return std::move(pubkey).error();
    const Time now = std::chrono::system_clock::now();
    auto certificate =
        blank_certificate(request.common_name, pubkey->get(), now - clock_skew, now + request.lifetime);
    if (!certificate)
        return std::move(certificate).error();
    gnutls_x509_crt_t crt = certificate->get();
    Steps steps;
    steps.step(gnutls_x509_crt_set_basic_constraints, crt, 1u, request.path_length)
        .step(gnutls_x509_crt_set_key_usage, crt, unsigned{GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN});
    if (auto status = steps.status(); !status)
        return std::move(status).error();
    if (auto status = set_name_constraints(crt, request); !status)
        return std::move(status).error();
    if (auto status = set_authority(crt, crt); !status)
        return std::move(status).error();
    auto info = signed_certificate(crt, crt, signer->get());
    if (!info)
        return std::move(info).error();
    return with_key(std::move(*info), key->get());
}

Result<CertificateInfo> renew_ca(std::string_view ca_certificate_pem, const Secret &ca_key_pem,
                                 std::chrono::seconds lifetime) {
    auto authority = load_authority(ca_certificate_pem, ca_key_pem);
    if (!authority)
        return std::move(authority).error();
    const CertificateInfo &ca = authority->chain.front();
    if (ca.subject != ca.issuer)
        return Error{Stage::input, "ca-not-root", "this CA's certificate was signed by another CA"}
            .with("issuer", ca.issuer)
            .advise("have that one renew it, and put the new certificate in the place of ca.pem");
    // The same certificate in every respect but serial and validity: what it signed keeps leading to it.
    gnutls_x509_crt_t crt = authority->certificate.get();
    const Time now = std::chrono::system_clock::now();
    if (auto dated = set_serial_and_validity(crt, now - clock_skew, now + lifetime); !dated)
        return std::move(dated).error();
    return signed_certificate(crt, crt, authority->key.get());
}

Result<IssuedPair> issue(const LeafRequest &request, std::string_view ca_certificate_pem,
                         const Secret &ca_key_pem) {
    auto authority = load_valid(ca_certificate_pem, ca_key_pem);
    if (!authority)
        return std::move(authority).error();
    auto key = generate_private_key(request.key);
    if (!key)
        return std::move(key).error();
    return issue_for(request, key->get(), *authority);
}

Result<IssuedPair> issue_with_key(const LeafRequest &request, const Secret &key_pem,
                                  std::string_view ca_certificate_pem, const Secret &ca_key_pem) {
    auto authority = load_valid(ca_certificate_pem, ca_key_pem);
    if (!authority)
        return std::move(authority).error();
    auto key = import_private_key(key_pem, "the key to be kept");
    if (!key)
        return std::move(key).error();
    return issue_for(request, key->get(), *authority);
}

Result<IssuedPair> sign_request(const LeafRequest &request, std::span<const std::byte> csr,
                                std::string_view origin, std::string_view ca_certificate_pem,
                                const Secret &ca_key_pem) {
    auto authority = load_valid(ca_certificate_pem, ca_key_pem);
    if (!authority)
        return std::move(authority).error();
    auto key = requested_key(csr, origin);
    if (!key)
        return std::move(key).error();
    const CertificateInfo &ca = authority->chain.front();
    if (auto info = read_certificate_request(csr, origin); info && info->spki_pin == ca.spki_pin)
        return Error{Stage::input, "request-key-of-ca",
                     "the certificate request in " + printable(origin) + " is for the key of the CA itself"}
            .advise("have it made anew with a key of its own");
    return signed_leaf(request, key->get(), *authority);
}

bool is_issued_by(const CertificateInfo &certificate, const CertificateInfo &ca) {
    const auto leaf = import_certificate(certificate.der, "the certificate");
    const auto issuer = import_certificate(ca.der, "the CA certificate");
    if (!leaf || !issuer || gnutls_x509_crt_check_issuer(leaf->get(), issuer->get()) == 0)
        return false;
    gnutls_x509_crt_t handle = issuer->get();
    unsigned status = 0;
    constexpr unsigned lenient = GNUTLS_VERIFY_DISABLE_CRL_CHECKS | GNUTLS_VERIFY_DISABLE_TIME_CHECKS;
    return gnutls_x509_crt_verify(leaf->get(), &handle, 1, lenient, &status) >= 0 && status == 0;
}

Profile profile_of(const CertificateInfo &certificate) {
    const auto has = [&](const char *oid) {
        const auto &oids = certificate.extended_key_usages;
        return std::find(oids.begin(), oids.end(), oid) != oids.end();
    };
    const auto role = [&](Profile profile) { return std::ranges::any_of(purposes(profile), has); };
    const bool server = role(Profile::server);
    return server == role(Profile::client) ? Profile::peer : server ? Profile::server : Profile::client;
}

} // namespace rpctls::tls
