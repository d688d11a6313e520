// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/issuer.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/gnutls_handles.hpp"
#include "rpc/tls/private_key.hpp"
#include "rpc/tls/subject_names.hpp"
#include "rpc/tls/x509.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace rpctls::tls {

namespace {

// RFC 9289 section 7: id-kp-rpcTLSClient and id-kp-rpcTLSServer.
constexpr const char *rpc_tls_client = "1.3.6.1.5.5.7.3.33";
constexpr const char *rpc_tls_server = "1.3.6.1.5.5.7.3.34";

constexpr std::string_view ca_origin = "the CA certificate";
constexpr std::string_view ca_key_origin = "the CA key";

Error issuing_failed(int code) {
    return Error{Stage::input, "issuing-failed", "cannot make the certificate"}.with("reason",
                                                                                     gnutls_strerror(code));
}

/// Runs one GnuTLS setter after the other and remembers the first that failed.
class Steps {
public:
    template <class Function, class... Arguments>
    Steps &step(Function function, Arguments... arguments) {
        if (code_ >= 0)
            code_ = function(arguments...);
        return *this;
    }
    Status status() const { return code_ < 0 ? Status(issuing_failed(code_)) : Status(); }

private:
    int code_ = 0;
};

std::time_t to_seconds(Time time) {
    return std::chrono::system_clock::to_time_t(time);
}

/// The first 20 octets of a SHA-256 over the public key, RFC 7093 method 1's length: unique, and free of SHA-1.
Result<std::array<unsigned char, 20>> key_identifier(gnutls_x509_crt_t certificate) {
    std::array<unsigned char, 32> digest{};
    std::size_t size = digest.size();
    const int code = gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, digest.data(), &size);
    if (code < 0)
        return issuing_failed(code);
    std::array<unsigned char, 20> identifier{};
    std::copy_n(digest.begin(), identifier.size(), identifier.begin());
    return identifier;
}

/// The hash that fits the signing key; Ed25519 brings its own.
gnutls_digest_algorithm_t digest_for(gnutls_x509_privkey_t key) {
    unsigned bits = 0;
    switch (gnutls_x509_privkey_get_pk_algorithm2(key, &bits)) {
    case GNUTLS_PK_EDDSA_ED25519:
        return GNUTLS_DIG_SHA512;
    case GNUTLS_PK_ECDSA:
        return bits > 384 ? GNUTLS_DIG_SHA512 : bits > 256 ? GNUTLS_DIG_SHA384 : GNUTLS_DIG_SHA256;
    default:
        return GNUTLS_DIG_SHA256;
    }
}

/// What every certificate of ours has: version 3, a random serial, subject, key, validity, key identifier.
Result<Crt> blank_certificate(std::string_view common_name, gnutls_x509_privkey_t key, Time not_before,
                              Time not_after) {
    if (auto valid = check_common_name(common_name); !valid)
        return std::move(valid).error();
    if (not_after <= not_before)
        return Error{Stage::input, "validity-empty", "the certificate would never be valid"}
            .with("from", format_time(not_before))
            .with("until", format_time(not_after))
            .advise("let it end after it begins");
    auto certificate = make<Crt>(gnutls_x509_crt_init);
    if (!certificate)
        throw std::bad_alloc();
    // RFC 5280 4.1.2.2: positive and at most 20 octets. The two top bits make 16 octets exactly 16.
    std::array<unsigned char, 16> serial{};
    if (const int code = gnutls_rnd(GNUTLS_RND_NONCE, serial.data(), serial.size()); code < 0)
        return issuing_failed(code);
    serial[0] = static_cast<unsigned char>((serial[0] & 0x3f) | 0x40);
    gnutls_x509_crt_t crt = certificate.get();
    Steps steps;
    steps.step(gnutls_x509_crt_set_version, crt, 3u)
        .step(gnutls_x509_crt_set_serial, crt, serial.data(), serial.size())
        .step(gnutls_x509_crt_set_dn_by_oid, crt, GNUTLS_OID_X520_COMMON_NAME, 0u, common_name.data(),
              static_cast<unsigned>(common_name.size()))
        .step(gnutls_x509_crt_set_activation_time, crt, to_seconds(not_before))
        .step(gnutls_x509_crt_set_expiration_time, crt, to_seconds(not_after))
        .step(gnutls_x509_crt_set_key, crt, key);
    if (auto status = steps.status(); !status)
        return std::move(status).error();
    auto identifier = key_identifier(crt);
    if (!identifier)
        return std::move(identifier).error();
    if (const int code = gnutls_x509_crt_set_subject_key_id(crt, identifier->data(), identifier->size());
        code < 0)
        return issuing_failed(code);
    return certificate;
}

Result<IssuedPair> signed_pair(const Crt &certificate, gnutls_x509_crt_t issuer,
                               gnutls_x509_privkey_t issuer_key, gnutls_x509_privkey_t key) {
    const int code = gnutls_x509_crt_sign2(certificate.get(), issuer, issuer_key, digest_for(issuer_key), 0);
    if (code < 0)
        return issuing_failed(code);
    auto info = describe(certificate.get(), "the new certificate");
    if (!info)
        return std::move(info).error();
    auto key_pem = export_private_key(key, GNUTLS_X509_FMT_PEM);
    if (!key_pem)
        return std::move(key_pem).error();
    return IssuedPair{to_pem({&*info, 1}), std::move(*key_pem), std::move(*info)};
}

struct CheckedNames {
    std::vector<std::string> dns_names;
    std::vector<std::vector<std::byte>> ip_addresses;
};

Result<CheckedNames> check_names(const LeafRequest &request) {
    CheckedNames names;
    const auto add = [](auto &list, auto &&item) {
        if (std::find(list.begin(), list.end(), item) == list.end())
            list.push_back(std::move(item));
    };
    for (const std::string &name : request.dns_names) {
        auto checked = checked_dns_name(name);
        if (!checked)
            return std::move(checked).error();
        add(names.dns_names, std::move(*checked));
    }
    for (const std::string &address : request.ip_addresses) {
        auto checked = checked_ip_address(address);
        if (!checked)
            return std::move(checked).error();
        add(names.ip_addresses, std::move(*checked));
    }
    // RFC 9289 5.2.1: clients look at subjectAltName only, so a server without one can never be verified.
    if (request.profile != Profile::client && names.dns_names.empty() && names.ip_addresses.empty())
        return Error{Stage::input, "names-missing", "a certificate for a server needs a name or an address"}
            .with("common name", request.common_name)
            .advise("give every name and address that clients mount by: --dns NAME, --ip ADDRESS");
    return names;
}

struct Issuer {
    std::vector<CertificateInfo> chain; ///< the CA's own certificate first
    Crt certificate;
    X509Privkey key;
};

Result<Issuer> load_issuer(std::string_view certificate_pem, const Secret &key_pem) {
    Issuer issuer;
    auto chain = parse_chain(as_bytes(certificate_pem), ca_origin);
    if (!chain)
        return std::move(chain).error();
    issuer.chain = std::move(*chain);
    const CertificateInfo &ca = issuer.chain.front();
    const auto &usages = ca.key_usages;
    const bool may_sign =
        usages.empty() || std::find(usages.begin(), usages.end(), "keyCertSign") != usages.end();
    if (!ca.is_ca || !may_sign)
        return Error{Stage::input, "not-a-ca", "this certificate may not sign others"}
            .with("subject", ca.subject)
            .with("CA", ca.is_ca ? "yes" : "no")
            .with("key usage", usages.empty() ? "any" : join(usages, " "))
            .advise("use the certificate that tlsctl ca init made");
    if (ca.not_after <= std::chrono::system_clock::now())
        return Error{Stage::input, "ca-expired", "the CA has expired"}
            .with("subject", ca.subject)
            .with("expired", format_time(ca.not_after))
            .advise("make a new CA and give its certificate to all peers");
    auto certificate = import_certificate(ca.der, ca_origin);
    if (!certificate)
        return std::move(certificate).error();
    issuer.certificate = std::move(*certificate);
    auto key = import_private_key(key_pem, ca_key_origin);
    if (!key)
        return std::move(key).error();
    issuer.key = std::move(*key);
    if (auto own = check_key_of(issuer.key.get(), ca, ca_key_origin, ca_origin); !own)
        return std::move(own).error();
    return issuer;
}

Status set_names(gnutls_x509_crt_t crt, const CheckedNames &names) {
    Steps steps;
    for (const std::string &name : names.dns_names)
        steps.step(gnutls_x509_crt_set_subject_alt_name, crt, GNUTLS_SAN_DNSNAME, name.data(),
                   static_cast<unsigned>(name.size()), unsigned{GNUTLS_FSAN_APPEND});
    for (const auto &address : names.ip_addresses)
        steps.step(gnutls_x509_crt_set_subject_alt_name, crt, GNUTLS_SAN_IPADDRESS, address.data(),
                   static_cast<unsigned>(address.size()), unsigned{GNUTLS_FSAN_APPEND});
    return steps.status();
}

Status set_usages(gnutls_x509_crt_t crt, Profile profile) {
    Steps steps;
    // TLS 1.3 only ever signs with these keys, RSA ones included.
    steps.step(gnutls_x509_crt_set_basic_constraints, crt, 0u, -1)
        .step(gnutls_x509_crt_set_key_usage, crt, unsigned{GNUTLS_KEY_DIGITAL_SIGNATURE});
    if (profile != Profile::client)
        steps.step(gnutls_x509_crt_set_key_purpose_oid, crt, GNUTLS_KP_TLS_WWW_SERVER, 0u)
            .step(gnutls_x509_crt_set_key_purpose_oid, crt, rpc_tls_server, 0u);
    if (profile != Profile::server)
        steps.step(gnutls_x509_crt_set_key_purpose_oid, crt, GNUTLS_KP_TLS_WWW_CLIENT, 0u)
            .step(gnutls_x509_crt_set_key_purpose_oid, crt, rpc_tls_client, 0u);
    return steps.status();
}

/// The issuer's own identifier, as its certificate has it: RFC 5280 4.2.1.1 wants the two to be the same.
Status set_authority(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer) {
    std::array<unsigned char, 128> identifier{};
    std::size_t size = identifier.size();
    const int code = gnutls_x509_crt_get_subject_key_id(issuer, identifier.data(), &size, nullptr);
    if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return {};
    Steps steps;
    steps.step([code] { return code; })
        .step(gnutls_x509_crt_set_authority_key_id, crt, identifier.data(), size);
    return steps.status();
}

} // namespace

Result<IssuedPair> make_ca(const CaRequest &request) {
    auto key = generate_private_key(request.key);
    if (!key)
        return std::move(key).error();
    const Time now = std::chrono::system_clock::now();
    auto certificate =
        blank_certificate(request.common_name, key->get(), now - clock_skew, now + request.lifetime);
    if (!certificate)
        return std::move(certificate).error();
    gnutls_x509_crt_t crt = certificate->get();
    Steps steps;
    steps.step(gnutls_x509_crt_set_basic_constraints, crt, 1u, 0)
        .step(gnutls_x509_crt_set_key_usage, crt, unsigned{GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN});
    if (auto status = steps.status(); !status)
        return std::move(status).error();
    if (auto status = set_authority(crt, crt); !status)
        return std::move(status).error();
    return signed_pair(*certificate, crt, key->get(), key->get());
}

Result<IssuedPair> issue(const LeafRequest &request, std::string_view ca_certificate_pem,
                         const Secret &ca_key_pem) {
    auto names = check_names(request);
    if (!names)
        return std::move(names).error();
    auto issuer = load_issuer(ca_certificate_pem, ca_key_pem);
    if (!issuer)
        return std::move(issuer).error();
    if (request.not_after > issuer->chain.front().not_after)
        return Error{Stage::input, "validity-exceeds-ca", "the certificate would outlive its CA"}
            .with("until", format_time(request.not_after))
            .with("CA until", format_time(issuer->chain.front().not_after))
            .advise("ask for fewer days, or make a new CA");
    auto key = generate_private_key(request.key);
    if (!key)
        return std::move(key).error();
    auto certificate =
        blank_certificate(request.common_name, key->get(), request.not_before, request.not_after);
    if (!certificate)
        return std::move(certificate).error();
    gnutls_x509_crt_t crt = certificate->get();
    if (auto status = set_usages(crt, request.profile); !status)
        return std::move(status).error();
    if (auto status = set_names(crt, *names); !status)
        return std::move(status).error();
    if (auto status = set_authority(crt, issuer->certificate.get()); !status)
        return std::move(status).error();
    auto pair = signed_pair(*certificate, issuer->certificate.get(), issuer->key.get(), key->get());
    // Peers hold the root themselves; they need to be sent what lies between.
    if (pair)
        for (const CertificateInfo &above : issuer->chain)
            if (above.subject != above.issuer)
                pair->certificate_pem += to_pem({&above, 1});
    return pair;
}

} // namespace rpctls::tls
