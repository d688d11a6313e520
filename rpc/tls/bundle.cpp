// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/bundle.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/bundle_impl.hpp"
#include "rpc/tls/key_pair.hpp"
#include "rpc/tls/passphrase.hpp"
#include "rpc/tls/private_key.hpp"
#include "rpc/tls/x509.hpp"

#include <new>

namespace rpctls::tls {

namespace {

constexpr std::string_view origin = "the new bundle";

Error making_failed(int code) {
    return Error{Stage::input, "bundle-failed", "cannot make the bundle"}.with("reason",
                                                                               gnutls_strerror(code));
}

Pkcs12Bag new_bag() {
    auto bag = make<Pkcs12Bag>(gnutls_pkcs12_bag_init);
    if (!bag)
        throw std::bad_alloc();
    return bag;
}

/// Name and key identifier of one element; the latter ties the key to its certificate.
Status label(gnutls_pkcs12_bag_t bag, int index, const std::string &name, const gnutls_datum_t *key_id) {
    const auto at = static_cast<unsigned>(index);
    int code = index;
    if (code >= 0 && !name.empty())
        code = gnutls_pkcs12_bag_set_friendly_name(bag, at, name.c_str());
    if (code >= 0 && key_id != nullptr)
        code = gnutls_pkcs12_bag_set_key_id(bag, at, key_id);
    return code < 0 ? Status(making_failed(code)) : Status();
}

Status add_certificate(gnutls_pkcs12_bag_t bag, const CertificateInfo &certificate, const std::string &name,
                       const gnutls_datum_t *key_id) {
    const gnutls_datum_t der = borrow(certificate.der);
    return label(bag, gnutls_pkcs12_bag_set_data(bag, GNUTLS_BAG_CERTIFICATE, &der), name, key_id);
}

Result<Pkcs12Bag> certificate_bag(const BundleContents &contents, const std::vector<CertificateInfo> &chain,
                                  const gnutls_datum_t &key_id, const Secret &passphrase) {
    auto bag = new_bag();
    for (const CertificateInfo &certificate : chain) {
        const bool is_leaf = &certificate == &chain.front();
        auto added = add_certificate(bag.get(), certificate, is_leaf ? contents.name : std::string(),
                                     is_leaf ? &key_id : nullptr);
        if (!added)
            return std::move(added).error();
    }
    if (!contents.trust_pem.empty()) {
        auto trust = parse_chain(as_bytes(contents.trust_pem), "the certificates to trust");
        if (!trust)
            return std::move(trust).error();
        for (const CertificateInfo &certificate : *trust)
            if (auto added = add_certificate(bag.get(), certificate,
                                             std::string(trust_mark) + " " + certificate.subject, nullptr);
                !added)
                return std::move(added).error();
    }
    if (const int code =
            gnutls_pkcs12_bag_encrypt(bag.get(), c_string(passphrase), GNUTLS_PKCS_PBES2_AES_256);
        code < 0)
        return making_failed(code);
    return bag;
}

Result<Pkcs12Bag> key_bag(const BundleContents &contents, const gnutls_datum_t &key_id,
                          const Secret &passphrase) {
    auto key = import_private_key(contents.private_key_pem, "the new key");
    if (!key)
        return std::move(key).error();
    auto bag = new_bag();
    const int index =
        gnutls_pkcs12_bag_set_privkey(bag.get(), key->get(), c_string(passphrase), GNUTLS_PKCS_PBES2_AES_256);
    if (auto labelled = label(bag.get(), index, contents.name, &key_id); !labelled)
        return std::move(labelled).error();
    return bag;
}

} // namespace

Result<std::vector<std::byte>> make_bundle(const BundleContents &contents, const Secret &passphrase) {
    if (auto strong = check_passphrase(passphrase); !strong)
        return std::move(strong).error();
    auto password = terminated(passphrase);
    if (!password)
        return std::move(password).error();
    auto pair = read_key_pair(as_bytes(contents.chain_pem), origin, contents.private_key_pem, origin);
    if (!pair)
        return std::move(pair).error();
    const std::string &pin = pair->chain.front().spki_pin;
    const gnutls_datum_t key_id = borrow(as_bytes(std::string_view(pin).substr(0, 40)));
    auto certificates = certificate_bag(contents, pair->chain, key_id, *password);
    if (!certificates)
        return std::move(certificates).error();
    auto key = key_bag(contents, key_id, *password);
    if (!key)
        return std::move(key).error();

    auto bundle = make<Pkcs12>(gnutls_pkcs12_init);
    if (!bundle)
        throw std::bad_alloc();
    Datum der;
    int code = gnutls_pkcs12_set_bag(bundle.get(), certificates->get());
    if (code >= 0)
        code = gnutls_pkcs12_set_bag(bundle.get(), key->get());
    // Not PBMAC1 (RFC 9579): OpenSSL before 3.4 and GnuTLS before 3.8.8 could not read it.
    if (code >= 0)
        code = gnutls_pkcs12_generate_mac2(bundle.get(), GNUTLS_MAC_SHA256, c_string(*password));
    if (code >= 0)
        code = gnutls_pkcs12_export2(bundle.get(), GNUTLS_X509_FMT_DER, der.out());
    if (code < 0)
        return making_failed(code);
    if (der.bytes().size() > largest_bundle)
        return Error{Stage::input, "bundle-too-large", "the bundle would be too large to be read"}
            .with("octets", std::to_string(der.bytes().size()))
            .with("at most", std::to_string(largest_bundle));
    return std::vector<std::byte>(der.bytes().begin(), der.bytes().end());
}

} // namespace rpctls::tls
