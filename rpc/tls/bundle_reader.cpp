// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/bundle.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/bundle_impl.hpp"
#include "rpc/tls/der.hpp"
#include "rpc/tls/passphrase.hpp"
#include "rpc/tls/private_key.hpp"
#include "rpc/tls/x509.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <optional>

namespace rpctls::tls {

namespace {

constexpr int most_bags = 16;
constexpr std::size_t most_certificates = 32;

class Reader {
public:
    Reader(const Secret &password, std::string_view origin)
        : password_(c_string(password)), origin_(printable(origin)) {}

    Result<BundleContents> read(std::span<const std::byte> bytes);

private:
    Error error(const char *name, const std::string &what) const {
        return {Stage::input, name, origin_ + " " + what};
    }
    Error unreadable(int code) const {
        return error("bundle-unreadable", "is no bundle that can be read")
            .with("reason", gnutls_strerror(code))
            .advise("it takes a whole PKCS#12 file, in DER: copy it again, in binary");
    }
    Error unopened() const;

    Status spend(unsigned rounds);
    Status check_cost();
    Status check_mac();
    Status read_bags();
    Status read_bag(gnutls_pkcs12_bag_t bag);
    Status read_element(gnutls_pkcs12_bag_t bag, unsigned index);
    Status read_key(const gnutls_datum_t &der, bool encrypted, const char *name);
    Result<BundleContents> sorted() const;

    struct Held {
        CertificateInfo info;
        bool marked = false; ///< as one to trust
    };

    const char *password_;
    std::string origin_;
    Pkcs12 bundle_;
    bool whole_ = false;  ///< the MAC fits
    bool opened_ = false; ///< something could be decrypted
    std::uint64_t rounds_ = 0;
    X509Privkey key_;
    std::string name_;
    std::vector<Held> certificates_;
};

/// The MAC does not tell a wrong passphrase from a changed file; what can be decrypted does.
Error Reader::unopened() const {
    if (!opened_)
        return error("passphrase-wrong", "does not open with this passphrase")
            .advise("type it as it was written down, hyphens included; a bundle whose passphrase is lost has "
                    "to be made anew");
    return error("bundle-damaged", "is damaged or was changed: the passphrase opens it, but its checksum "
                                   "does not fit")
        .advise("copy it again from where it was made, or make a new one");
}

Status Reader::spend(unsigned rounds) {
    rounds_ += rounds;
    if (rounds_ <= most_derivation_rounds)
        return {};
    return error("bundle-costly", "asks for too many rounds of key derivation")
        .with("rounds", std::to_string(rounds_))
        .with("at most", std::to_string(most_derivation_rounds))
        .advise("make the file anew with fewer: openssl pkcs12 -export … -iter 600000");
}

/// Before anything is derived from the passphrase.
Status Reader::check_cost() {
    unsigned rounds = 0;
    unsigned mac = 0;
    std::array<unsigned char, 1024> salt;
    unsigned salt_size = salt.size();
    // Asked for and freed, though nobody needs it: GnuTLS 3.7 loses what it is not asked for.
    char *digest = nullptr;
    const int code = gnutls_pkcs12_mac_info(bundle_.get(), &mac, salt.data(), &salt_size, &rounds, &digest);
    gnutls_free(digest);
    // The first is what GnuTLS says, the others what its sources lead one to expect of some versions.
    if (code == GNUTLS_E_INVALID_REQUEST || code == GNUTLS_E_ASN1_ELEMENT_NOT_FOUND ||
        code == GNUTLS_E_ASN1_VALUE_NOT_FOUND)
        return error("bundle-unprotected", "has no MAC: nothing shows that it is what was written")
            .advise("make it anew with one: openssl pkcs12 -export does it by itself");
    if (code < 0)
        return unreadable(code);
    return spend(rounds);
}

Status Reader::check_mac() {
    const int code = gnutls_pkcs12_verify_mac(bundle_.get(), password_);
    whole_ = code >= 0;
    if (code < 0 && code != GNUTLS_E_MAC_VERIFY_FAILED)
        return unreadable(code);
    return {};
}

Status Reader::read_key(const gnutls_datum_t &der, bool encrypted, const char *name) {
    if (encrypted) {
        unsigned rounds = 0;
        std::array<unsigned char, 1024> salt;
        unsigned salt_size = salt.size();
        const int code = gnutls_pkcs8_info(&der, GNUTLS_X509_FMT_DER, nullptr, nullptr, salt.data(),
                                           &salt_size, &rounds, nullptr);
        if (code < 0)
            return unreadable(code);
        if (auto affordable = spend(rounds); !affordable)
            return affordable;
    }
    if (key_)
        return error("bundle-ambiguous", "holds more than one private key")
            .advise("give a file with one certificate and its key");
    auto key = make<X509Privkey>(gnutls_x509_privkey_init);
    if (!key)
        throw std::bad_alloc();
    const int code = gnutls_x509_privkey_import_pkcs8(key.get(), &der, GNUTLS_X509_FMT_DER, password_,
                                                      encrypted ? 0 : GNUTLS_PKCS_PLAIN);
    if (code < 0)
        return whole_ ? unreadable(code) : unopened();
    opened_ = opened_ || encrypted;
    key_ = std::move(key);
    if (name != nullptr)
        name_ = printable(name);
    return {};
}

Status Reader::read_element(gnutls_pkcs12_bag_t bag, unsigned index) {
    gnutls_datum_t data{};
    if (const int code = gnutls_pkcs12_bag_get_data(bag, index, &data); code < 0)
        return unreadable(code);
    char *name = nullptr;
    if (gnutls_pkcs12_bag_get_friendly_name(bag, index, &name) < 0)
        name = nullptr;
    switch (gnutls_pkcs12_bag_get_type(bag, index)) {
    case GNUTLS_BAG_PKCS8_ENCRYPTED_KEY:
        return read_key(data, true, name);
    case GNUTLS_BAG_PKCS8_KEY:
        return read_key(data, false, name);
    case GNUTLS_BAG_CERTIFICATE: {
        if (certificates_.size() == most_certificates)
            return error("bundle-too-large", "holds too many certificates")
                .with("at most", std::to_string(most_certificates));
        auto info = describe(view(data), origin_);
        if (!info)
            return std::move(info).error();
        const bool marked = name != nullptr && std::string_view(name).starts_with(trust_mark);
        certificates_.push_back({std::move(*info), marked});
        return {};
    }
    default: // revocation lists and secrets of other programs
        return {};
    }
}

Status Reader::read_bag(gnutls_pkcs12_bag_t bag) {
    if (gnutls_pkcs12_bag_get_type(bag, 0) == GNUTLS_BAG_ENCRYPTED) {
        unsigned rounds = 0;
        std::array<unsigned char, 1024> salt;
        unsigned salt_size = salt.size();
        int code =
            gnutls_pkcs12_bag_enc_info(bag, nullptr, nullptr, salt.data(), &salt_size, &rounds, nullptr);
        if (code < 0)
            return unreadable(code);
        if (auto affordable = spend(rounds); !affordable)
            return affordable;
        code = gnutls_pkcs12_bag_decrypt(bag, password_);
        if (code < 0)
            return whole_ ? unreadable(code) : unopened();
        opened_ = true;
    }
    const int count = gnutls_pkcs12_bag_get_count(bag);
    for (int i = 0; i < count; ++i)
        if (auto read = read_element(bag, static_cast<unsigned>(i)); !read)
            return read;
    return {};
}

Status Reader::read_bags() {
    std::optional<Error> first;
    for (int i = 0;; ++i) {
        auto bag = make<Pkcs12Bag>(gnutls_pkcs12_bag_init);
        if (!bag)
            throw std::bad_alloc();
        const int code = gnutls_pkcs12_get_bag(bundle_.get(), i, bag.get());
        if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            break;
        if (code < 0)
            return unreadable(code);
        if (i == most_bags)
            return error("bundle-too-large", "has too many parts").with("at most", std::to_string(most_bags));
        auto read = read_bag(bag.get());
        if (!read && (whole_ || read.error().name == "bundle-costly"))
            return read;
        if (!read && !first)
            first = std::move(read).error();
    }
    // With a MAC that does not fit, all that the parts can tell is whether the passphrase was the right one.
    return whole_ ? Status() : Status(unopened());
}

/// From the leaf upwards; what is self-signed, marked, or leads nowhere from it is to be trusted.
Result<BundleContents> Reader::sorted() const {
    if (!key_)
        return error("bundle-incomplete", "holds no private key")
            .advise("certificates alone go with tlsctl trust; an identity needs its key");
    auto pem = export_private_key(key_.get(), GNUTLS_X509_FMT_PEM);
    if (!pem)
        return std::move(pem).error();
    std::vector<const Held *> left;
    std::vector<CertificateInfo> chain;
    for (const Held &held : certificates_) {
        if (chain.empty() && !held.marked && check_key_of(key_.get(), held.info, origin_, origin_))
            chain.push_back(held.info);
        else
            left.push_back(&held);
    }
    if (chain.empty())
        return error("bundle-incomplete", "holds no certificate of its private key")
            .with("certificates", std::to_string(certificates_.size()))
            .advise("give the file that holds both");
    for (bool found = true; found;) {
        found = false;
        for (auto above = left.begin(); above != left.end() && !found; ++above) {
            const CertificateInfo &info = (*above)->info;
            if ((*above)->marked || !info.is_ca || info.subject == info.issuer ||
                info.subject != chain.back().issuer)
                continue;
            chain.push_back(info);
            left.erase(above);
            found = true;
            break;
        }
    }
    std::vector<CertificateInfo> trust;
    for (const Held *held : left)
        if (held->info.is_ca)
            trust.push_back(held->info);
    return BundleContents{name_, to_pem(chain), std::move(*pem), to_pem(trust)};
}

Result<BundleContents> Reader::read(std::span<const std::byte> bytes) {
    if (bytes.size() > largest_bundle)
        return error("bundle-too-large", "is too large for a bundle")
            .with("octets", std::to_string(bytes.size()))
            .with("at most", std::to_string(largest_bundle));
    // GnuTLS takes what is cut off at the right place for a file without a MAC. 0x80: BER's length that is not told.
    auto input = bytes;
    if (bytes.size() < 2 || (bytes[1] != std::byte{0x80} && !take_der(input)))
        return unreadable(GNUTLS_E_ASN1_DER_ERROR);
    bundle_ = make<Pkcs12>(gnutls_pkcs12_init);
    if (!bundle_)
        throw std::bad_alloc();
    const gnutls_datum_t der = borrow(bytes);
    if (const int code = gnutls_pkcs12_import(bundle_.get(), &der, GNUTLS_X509_FMT_DER, 0); code < 0)
        return unreadable(code);
    for (const auto step : {&Reader::check_cost, &Reader::check_mac, &Reader::read_bags})
        if (auto done = (this->*step)(); !done)
            return std::move(done).error();
    return sorted();
}

} // namespace

bool is_bundle(std::span<const std::byte> octets) {
    constexpr std::uint8_t sequence = 0x30;
    constexpr std::array version{std::byte{0x02}, std::byte{0x01}, std::byte{0x03}};
    const auto whole = take_der(octets);
    return whole && whole->tag == sequence && whole->content.size() > version.size() &&
           std::equal(version.begin(), version.end(), whole->content.begin());
}

Result<BundleContents> read_bundle(std::span<const std::byte> bundle, const Secret &passphrase,
                                   std::string_view origin) {
    auto password = terminated(passphrase);
    if (!password)
        return std::move(password).error();
    return Reader(*password, origin).read(bundle);
}

} // namespace rpctls::tls
