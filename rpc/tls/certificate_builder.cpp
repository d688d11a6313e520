// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/certificate_builder.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/subject_names.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace rpctls::tls {

namespace {

// RFC 9289 section 7: id-kp-rpcTLSClient and id-kp-rpcTLSServer.
constexpr const char *rpc_tls_client = "1.3.6.1.5.5.7.3.33";
constexpr const char *rpc_tls_server = "1.3.6.1.5.5.7.3.34";

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

} // namespace

Error issuing_failed(int code) {
    return Error{Stage::input, "issuing-failed", "cannot make the certificate"}.with("reason",
                                                                                     gnutls_strerror(code));
}

std::time_t to_seconds(Time time) {
    return std::chrono::system_clock::to_time_t(time);
}

Result<Pubkey> public_key(gnutls_privkey_t key) {
    auto pubkey = make<Pubkey>(gnutls_pubkey_init);
    if (!pubkey)
        throw std::bad_alloc();
    if (const int code = gnutls_pubkey_import_privkey(pubkey.get(), key, 0, 0); code < 0)
        return issuing_failed(code);
    return pubkey;
}

Result<Privkey> signing_key(gnutls_x509_privkey_t key) {
    auto privkey = make<Privkey>(gnutls_privkey_init);
    if (!privkey)
        throw std::bad_alloc();
    if (const int code = gnutls_privkey_import_x509(privkey.get(), key, GNUTLS_PRIVKEY_IMPORT_COPY); code < 0)
        return issuing_failed(code);
    return privkey;
}

gnutls_digest_algorithm_t digest_for(gnutls_privkey_t key) {
    unsigned bits = 0;
    const int algorithm = gnutls_privkey_get_pk_algorithm(key, &bits);
    if (algorithm == GNUTLS_PK_ECDSA)
        return bits > 384 ? GNUTLS_DIG_SHA512 : bits > 256 ? GNUTLS_DIG_SHA384 : GNUTLS_DIG_SHA256;
    if (algorithm == GNUTLS_PK_RSA)
        return GNUTLS_DIG_SHA256;
    for (const gnutls_sign_algorithm_t *sign = gnutls_sign_list(); *sign != 0; ++sign)
        if (gnutls_sign_get_pk_algorithm(*sign) == static_cast<gnutls_pk_algorithm_t>(algorithm))
            return gnutls_sign_get_hash_algorithm(*sign);
    return GNUTLS_DIG_SHA256;
}

Status set_serial_and_validity(gnutls_x509_crt_t crt, Time not_before, Time not_after) {
    if (not_after <= not_before)
        return Error{Stage::input, "validity-empty", "the certificate would never be valid"}
            .with("from", format_time(not_before))
            .with("until", format_time(not_after))
            .advise("let it end after it begins");
    // RFC 5280 4.1.2.2: positive and at most 20 octets. The two top bits make 16 octets exactly 16.
    std::array<unsigned char, 16> serial{};
    if (const int code = gnutls_rnd(GNUTLS_RND_NONCE, serial.data(), serial.size()); code < 0)
        return issuing_failed(code);
    serial[0] = static_cast<unsigned char>((serial[0] & 0x3f) | 0x40);
    Steps steps;
    steps.step(gnutls_x509_crt_set_serial, crt, serial.data(), serial.size())
        .step(gnutls_x509_crt_set_activation_time, crt, to_seconds(not_before))
        .step(gnutls_x509_crt_set_expiration_time, crt, to_seconds(not_after));
    return steps.status();
}

Result<Crt> blank_certificate(std::string_view common_name, gnutls_pubkey_t key, Time not_before,
                              Time not_after) {
    if (auto valid = check_common_name(common_name); !valid)
        return std::move(valid).error();
    auto certificate = make<Crt>(gnutls_x509_crt_init);
    if (!certificate)
        throw std::bad_alloc();
    gnutls_x509_crt_t crt = certificate.get();
    if (auto dated = set_serial_and_validity(crt, not_before, not_after); !dated)
        return std::move(dated).error();
    Steps steps;
    steps.step(gnutls_x509_crt_set_version, crt, 3u)
        .step(gnutls_x509_crt_set_dn_by_oid, crt, GNUTLS_OID_X520_COMMON_NAME, 0u, common_name.data(),
              static_cast<unsigned>(common_name.size()))
        .step(gnutls_x509_crt_set_pubkey, crt, key);
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

std::vector<const char *> purposes(Profile profile) {
    std::vector<const char *> oids;
    if (profile != Profile::client)
        oids.insert(oids.end(), {GNUTLS_KP_TLS_WWW_SERVER, rpc_tls_server});
    if (profile != Profile::server)
        oids.insert(oids.end(), {GNUTLS_KP_TLS_WWW_CLIENT, rpc_tls_client});
    return oids;
}

Status set_usages(gnutls_x509_crt_t crt, Profile profile) {
    Steps steps;
    // TLS 1.3 only ever signs with these keys, RSA ones included.
    steps.step(gnutls_x509_crt_set_basic_constraints, crt, 0u, -1)
        .step(gnutls_x509_crt_set_key_usage, crt, unsigned{GNUTLS_KEY_DIGITAL_SIGNATURE});
    for (const char *purpose : purposes(profile))
        steps.step(gnutls_x509_crt_set_key_purpose_oid, crt, static_cast<const void *>(purpose), 0u);
    return steps.status();
}

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

} // namespace rpctls::tls
