// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/tls/test_pki.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/gnutls_handles.hpp"

#include <arpa/inet.h>

#include <array>
#include <atomic>
#include <ctime>
#include <fstream>
#include <stdexcept>

namespace rpctls::test {

namespace {

using namespace rpctls::tls;

void check(int code) {
    if (code < 0)
        throw std::runtime_error(std::string("test PKI: ") + gnutls_strerror(code));
}

std::time_t moment(std::chrono::hours from_now) {
    return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + from_now);
}

/// write_file() would wait for the disk each time.
void put(const std::filesystem::path &path, const std::string &contents) {
    std::ofstream file(path);
    file << contents;
    if (!file.flush())
        throw std::runtime_error("cannot write " + path.string());
}

Crt read_certificate(const std::string &pem) {
    auto certificate = make<Crt>(gnutls_x509_crt_init);
    const gnutls_datum_t datum = borrow(as_bytes(pem));
    check(gnutls_x509_crt_import(certificate.get(), &datum, GNUTLS_X509_FMT_PEM));
    return certificate;
}

X509Privkey read_key(const std::string &pem) {
    auto key = make<X509Privkey>(gnutls_x509_privkey_init);
    const gnutls_datum_t datum = borrow(as_bytes(pem));
    check(gnutls_x509_privkey_import(key.get(), &datum, GNUTLS_X509_FMT_PEM));
    return key;
}

void set_serial(gnutls_x509_crt_t certificate, unsigned char last) {
    static std::atomic<unsigned char> next{1};
    std::array<unsigned char, 20> serial;
    serial.fill(0x5a);
    serial.back() = last != 0 ? last : next++;
    check(gnutls_x509_crt_set_serial(certificate, serial.data(), serial.size()));
}

void set_names(gnutls_x509_crt_t certificate, const CertificateSpec &spec) {
    check(gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, spec.common_name.data(),
                                        static_cast<unsigned>(spec.common_name.size())));
    for (const auto &name : spec.dns_names)
        check(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, name.data(),
                                                   static_cast<unsigned>(name.size()), GNUTLS_FSAN_APPEND));
    for (const auto &address : spec.addresses) {
        std::array<unsigned char, 16> octets;
        const bool is_v6 = ::inet_pton(AF_INET6, address.c_str(), octets.data()) == 1;
        if (!is_v6 && ::inet_pton(AF_INET, address.c_str(), octets.data()) != 1)
            throw std::runtime_error("no address: " + address);
        check(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, octets.data(),
                                                   is_v6 ? 16 : 4, GNUTLS_FSAN_APPEND));
    }
}

void set_constraint(gnutls_x509_crt_t certificate, const std::string &permitted) {
    gnutls_x509_name_constraints_t constraints;
    check(gnutls_x509_name_constraints_init(&constraints));
    const gnutls_datum_t name = borrow(as_bytes(permitted));
    check(gnutls_x509_name_constraints_add_permitted(constraints, GNUTLS_SAN_DNSNAME, &name));
    check(gnutls_x509_crt_set_name_constraints(certificate, constraints, 1));
    gnutls_x509_name_constraints_deinit(constraints);
}

} // namespace

Certified certify(const CertificateSpec &spec, const Certified *issuer) {
    auto key = make<X509Privkey>(gnutls_x509_privkey_init);
    check(spec.rsa_bits != 0
              ? gnutls_x509_privkey_generate(key.get(), GNUTLS_PK_RSA, spec.rsa_bits, 0)
              : gnutls_x509_privkey_generate(key.get(), GNUTLS_PK_ECDSA,
                                             GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    auto certificate = make<Crt>(gnutls_x509_crt_init);
    gnutls_x509_crt_t handle = certificate.get();
    check(gnutls_x509_crt_set_version(handle, 3));
    check(gnutls_x509_crt_set_key(handle, key.get()));
    set_serial(handle, spec.serial);
    set_names(handle, spec);
    check(gnutls_x509_crt_set_activation_time(handle, moment(spec.from)));
    check(gnutls_x509_crt_set_expiration_time(handle, moment(spec.until)));
    check(gnutls_x509_crt_set_basic_constraints(handle, spec.is_ca ? 1 : 0, -1));
    const unsigned usual =
        spec.is_ca ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN : GNUTLS_KEY_DIGITAL_SIGNATURE;
    check(gnutls_x509_crt_set_key_usage(handle, spec.key_usage != 0 ? spec.key_usage : usual));
    for (const auto &oid : spec.extended_key_usages)
        check(gnutls_x509_crt_set_key_purpose_oid(handle, oid.c_str(), 0));
    if (!spec.permitted_dns.empty())
        set_constraint(handle, spec.permitted_dns);

    Crt issuer_certificate;
    X509Privkey issuer_key;
    if (issuer != nullptr) {
        issuer_certificate = read_certificate(issuer->certificate);
        issuer_key = read_key(issuer->key);
    }
    check(gnutls_x509_crt_sign2(handle, issuer != nullptr ? issuer_certificate.get() : handle,
                                issuer != nullptr ? issuer_key.get() : key.get(),
                                spec.sha1 ? GNUTLS_DIG_SHA1 : GNUTLS_DIG_SHA256, 0));
    Datum certificate_pem;
    Datum key_pem;
    check(gnutls_x509_crt_export2(handle, GNUTLS_X509_FMT_PEM, certificate_pem.out()));
    check(gnutls_x509_privkey_export2_pkcs8(key.get(), GNUTLS_X509_FMT_PEM, nullptr, GNUTLS_PKCS_PLAIN,
                                            key_pem.out()));
    return {std::string(certificate_pem.text()), std::string(key_pem.text())};
}

std::string revoke(const Certified &ca, const std::vector<Certified> &revoked, std::chrono::hours until) {
    auto crl = make<Crl>(gnutls_x509_crl_init);
    check(gnutls_x509_crl_set_version(crl.get(), 2));
    check(gnutls_x509_crl_set_this_update(crl.get(), moment(std::chrono::hours(-48))));
    check(gnutls_x509_crl_set_next_update(crl.get(), moment(until)));
    for (const auto &entry : revoked)
        check(gnutls_x509_crl_set_crt(crl.get(), read_certificate(entry.certificate).get(),
                                      moment(std::chrono::hours(-2))));
    check(gnutls_x509_crl_sign2(crl.get(), read_certificate(ca.certificate).get(), read_key(ca.key).get(),
                                GNUTLS_DIG_SHA256, 0));
    Datum pem;
    check(gnutls_x509_crl_export2(crl.get(), GNUTLS_X509_FMT_PEM, pem.out()));
    return std::string(pem.text());
}

std::shared_ptr<const Credentials> load(const CredentialSpec &spec) {
    const TemporaryDirectory directory;
    CredentialSources sources;
    if (!spec.own.empty()) {
        std::string chain;
        for (const auto &certified : spec.own)
            chain += certified.certificate;
        const auto bytes = as_bytes(chain);
        sources.identity =
            IdentityBytes{"test", {bytes.begin(), bytes.end()}, Secret(as_bytes(spec.own[0].key))};
    }
    if (spec.preferred != nullptr) {
        sources.preferred = IdentityFiles{directory / "preferred.pem", directory / "preferred.key"};
        put(sources.preferred->certificate, spec.preferred->certificate);
        put(sources.preferred->private_key, spec.preferred->key);
        std::filesystem::permissions(sources.preferred->private_key, std::filesystem::perms{0600});
    }
    std::string trusted;
    for (const auto &certified : spec.trusted)
        trusted += certified.certificate;
    sources.truststore = directory / "trust.pem";
    put(*sources.truststore, trusted);
    if (!spec.crl.empty()) {
        sources.crl = directory / "crl.pem";
        put(*sources.crl, spec.crl);
    }
    auto loaded = Credentials::load(std::move(sources));
    if (!loaded)
        throw std::runtime_error(summary(loaded.error()));
    return *loaded;
}

} // namespace rpctls::test
