// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/credentials.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/tls/credentials_impl.hpp"
#include "rpc/tls/priority.hpp"
#include "rpc/tls/private_key.hpp"
#include "rpc/tls/session_callbacks.hpp"
#include "rpc/tls/trust_file.hpp"
#include "rpc/tls/x509.hpp"

#include <algorithm>
#include <new>

namespace rpctls::tls {

namespace {

constexpr std::string_view pem_mark = "-----BEGIN ";

bool is_pem(std::string_view contents) {
    return contents.find(pem_mark) != std::string_view::npos;
}

/// Where an identity's two halves came from, for messages.
struct Origins {
    std::string certificate;
    std::string private_key;
};

Status take_key(OwnIdentity &own, const CertificateInfo &leaf, const Secret &private_key,
                const Origins &origins) {
    auto key = import_private_key(private_key, origins.private_key);
    if (!key)
        return std::move(key).error();
    if (auto belongs = check_key_of(key->get(), leaf, origins.private_key, origins.certificate); !belongs)
        return belongs;
    own.key = make<Privkey>(gnutls_privkey_init);
    if (!own.key)
        throw std::bad_alloc();
    if (const int code =
            gnutls_privkey_import_x509(own.key.get(), key->get(), GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE);
        code < 0)
        return unreadable_private_key(origins.private_key, code);
    (void)key->release(); // now owned by own.key
    return {};
}

Status take_token_key(OwnIdentity &own, const CertificateInfo &leaf, const Secret &url,
                      const Origins &origins) {
    auto key = open_key_url(as_text(url.bytes()));
    if (!key)
        return std::move(key).error();
    if (auto belongs = check_signs_for(key->get(), leaf, as_text(url.bytes()), origins.certificate); !belongs)
        return belongs;
    own.key = std::move(*key);
    return {};
}

Status take_identity(OwnIdentity &own, std::vector<CertificateInfo> chain, const Secret &private_key,
                     const Origins &origins, bool in_token = false) {
    const auto &usages = chain.front().key_usages;
    if (!usages.empty() && std::ranges::find(usages, "digitalSignature") == usages.end())
        return Error{Stage::input, "key-usage",
                     "the certificate in " + origins.certificate + " may not be used for signatures"}
            .with("expected", "key usage digitalSignature")
            .with("seen", join(usages, ", "))
            .advise("TLS 1.3 signs with the certificate's key: issue one with key usage digitalSignature");
    if (auto taken = in_token ? take_token_key(own, chain.front(), private_key, origins)
                              : take_key(own, chain.front(), private_key, origins);
        !taken)
        return taken;
    for (const auto &certificate : chain)
        if (const int code = own.presented.add(certificate.der); code < 0)
            return Error{Stage::input, "certificate-unreadable",
                         "cannot use the certificate in " + origins.certificate}
                .with("reason", gnutls_strerror(code));
    own.chain = std::move(chain);
    return {};
}

Status load_identity(OwnIdentity &own, const IdentityFiles &files) {
    const auto certificate = read_file(files.certificate);
    if (!certificate)
        return certificate.error();
    auto chain = parse_chain(as_bytes(*certificate), files.certificate.string());
    if (!chain)
        return std::move(chain).error();
    const auto key = read_secret_file(files.private_key);
    if (!key)
        return key.error();
    return take_identity(own, std::move(*chain), *key,
                         {files.certificate.string(), files.private_key.string()});
}

Status load_identity(OwnIdentity &own, const IdentityBytes &bytes) {
    auto chain = parse_chain(bytes.chain, bytes.label);
    if (!chain)
        return std::move(chain).error();
    const bool in_token = bytes.takes_url && keys::is_key_url(as_text(bytes.private_key.bytes()));
    return take_identity(own, std::move(*chain), bytes.private_key, {bytes.label, bytes.label}, in_token);
}

std::string certificates(int count) {
    return std::to_string(count) + (count == 1 ? " certificate" : " certificates");
}

Status take_trust(Trust &trust, const std::string &contents, const std::string &origin) {
    const Error empty = Error{Stage::input, "truststore-empty", "no CA certificate in " + origin}.advise(
        "put the CA certificates to be trusted there, in PEM form");
    if (trusts_nobody(contents)) {
        trust.nobody = true;
        trust.description = origin + " (nobody)";
        return {};
    }
    if (trimmed(contents).empty())
        return empty;
    const gnutls_datum_t datum = borrow(as_bytes(contents));
    const auto format = is_pem(contents) ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER;
    const int count = gnutls_x509_trust_list_add_trust_mem(trust.list.get(), &datum, nullptr, format,
                                                           GNUTLS_TL_NO_DUPLICATES, 0);
    if (count == 0 || count == GNUTLS_E_NO_CERTIFICATE_FOUND)
        return empty;
    if (count < 0)
        return Error{Stage::input, "certificate-unreadable", "cannot read the CA certificates in " + origin}
            .with("reason", gnutls_strerror(count))
            .advise("it takes CA certificates in PEM form, and only whole ones");
    trust.description = origin + " (" + certificates(count) + ")";
    return {};
}

Status load_trust(Trust &trust, const std::filesystem::path &file) {
    const auto contents = read_file(file);
    return contents ? take_trust(trust, *contents, file.string()) : Status(contents.error());
}

/// A machine without any CA can still be a server that asks nobody for a certificate.
void load_system_trust(Trust &trust) {
    const int count = gnutls_x509_trust_list_add_system_trust(trust.list.get(), GNUTLS_TL_NO_DUPLICATES, 0);
    trust.description = "the system's trust store (" + certificates(count < 0 ? 0 : count) + ")";
}

Status load_crls(Trust &trust, const std::filesystem::path &file) {
    const auto contents = read_file(file);
    if (!contents)
        return contents.error();
    const auto failed = [&](std::string reason) -> Error {
        return Error{Stage::input, "crl-unreadable", "cannot use the revocation list in " + file.string()}
            .with("reason", std::move(reason))
            .advise("it takes X.509 CRLs in PEM or DER form, each signed by a CA of the trust store");
    };
    const gnutls_datum_t datum = borrow(as_bytes(*contents));
    gnutls_x509_crl_t *list = nullptr;
    unsigned count = 0;
    const auto format = is_pem(*contents) ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER;
    if (const int code = gnutls_x509_crl_list_import2(&list, &count, &datum, format, 0); code < 0)
        return failed(gnutls_strerror(code));
    std::vector<Crl> crls(list, list + count);
    gnutls_free(list);
    if (crls.empty())
        return failed("there is none in it");
    for (auto &crl : crls) {
        // A list fetched over the network by some job is only as good as its signature.
        Datum dn;
        gnutls_x509_crt_t found = nullptr;
        unsigned status = 0;
        if (gnutls_x509_crl_get_raw_issuer_dn(crl.get(), dn.out()) < 0 ||
            gnutls_x509_trust_list_get_issuer_by_dn(trust.list.get(), dn.get(), &found, GNUTLS_TL_GET_COPY) <
                0)
            return failed("its issuer is not in " + trust.description);
        const Crt issuer(found);
        // Whether the list is recent enough is asked at each handshake, not here.
        constexpr unsigned lenient = GNUTLS_VERIFY_DISABLE_CRL_CHECKS | GNUTLS_VERIFY_DISABLE_TIME_CHECKS;
        constexpr unsigned outdated =
            GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED | GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE;
        const int code = gnutls_x509_crl_verify(crl.get(), &found, 1, lenient, &status);
        if (code < 0 || (status & ~(outdated | GNUTLS_CERT_INVALID)) != 0)
            return failed("its signature is not that of the CA it names");
        gnutls_x509_crl_t handle = crl.get();
        if (gnutls_x509_trust_list_add_crls(trust.list.get(), &handle, 1, 0, 0) < 0)
            return failed("it could not be added");
        const std::time_t next = gnutls_x509_crl_get_next_update(crl.get());
        trust.crls.push_back(
            {{dn.bytes().begin(), dn.bytes().end()}, next < 0 ? Time::max() : from_seconds(next)});
        (void)crl.release(); // now owned by the trust list
    }
    return {};
}

Result<std::shared_ptr<const Trust>> make_trust(const CredentialSources &sources) {
    auto trust = std::make_shared<Trust>();
    gnutls_x509_trust_list_t list = nullptr;
    if (gnutls_x509_trust_list_init(&list, 0) < 0)
        throw std::bad_alloc();
    trust->list = TrustList(list);
    if (sources.anchors) {
        if (auto taken = take_trust(*trust, sources.anchors->certificates, sources.anchors->label); !taken)
            return std::move(taken).error();
    } else if (!sources.truststore)
        load_system_trust(*trust);
    else if (auto loaded = load_trust(*trust, *sources.truststore); !loaded)
        return std::move(loaded).error();
    if (sources.crl && !trust->nobody) // whose issuers would all be strangers
        if (auto loaded = load_crls(*trust, *sources.crl); !loaded)
            return std::move(loaded).error();
    return std::shared_ptr<const Trust>(std::move(trust));
}

} // namespace

Result<std::shared_ptr<const Credentials>> Credentials::load(CredentialSources sources) {
    auto impl = std::make_unique<Impl>();
    impl->handle = make<CertificateCredentials>(gnutls_certificate_allocate_credentials);
    if (!impl->handle)
        throw std::bad_alloc();
    install_certificate_callback(impl->handle.get());
    if (sources.judged_as) {
        impl->trust = sources.judged_as->impl().trust;
        impl->priority = sources.judged_as->impl().priority;
    } else {
        auto priority = make_priority();
        if (!priority)
            return std::move(priority).error();
        impl->priority = std::make_shared<const Priority>(std::move(*priority));
    }

    if (sources.identity)
        if (auto loaded = std::visit([&](const auto &from) { return load_identity(impl->own, from); },
                                     *sources.identity);
            !loaded)
            return std::move(loaded).error();
    if (sources.preferred) {
        impl->preferred = std::make_unique<OwnIdentity>();
        if (auto loaded = load_identity(*impl->preferred, *sources.preferred); !loaded)
            return std::move(loaded).error();
    }
    if (!impl->trust) {
        auto trust = make_trust(sources);
        if (!trust)
            return std::move(trust).error();
        impl->trust = std::move(*trust);
    }
    return std::shared_ptr<const Credentials>(new Credentials(std::move(impl)));
}

Credentials::Credentials(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Credentials::~Credentials() = default;

const std::vector<CertificateInfo> &Credentials::chain() const {
    return impl_->own.chain;
}
const std::vector<CertificateInfo> &Credentials::preferred_chain() const {
    static const std::vector<CertificateInfo> none;
    return impl_->preferred ? impl_->preferred->chain : none;
}
const std::string &Credentials::trust_description() const {
    return impl_->trust->description;
}
std::optional<Time> Credentials::crl_next_update() const {
    const auto &lists = impl_->trust->crls;
    if (lists.empty())
        return std::nullopt;
    return std::ranges::min_element(lists, {}, &LoadedCrl::next_update)->next_update;
}

} // namespace rpctls::tls
