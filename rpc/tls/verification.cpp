// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/verification.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/credentials_impl.hpp"
#include "rpc/tls/x509.hpp"

#include <algorithm>

namespace rpctls::tls {

namespace {

/// What every explanation needs.
struct Case {
    const Credentials &credentials;
    const PresentedCertificates &chain;
    const std::string &who;
    Time now;

    const CertificateInfo &leaf() const { return chain.infos.front(); }
};

Error verify_error(const Case &seen, std::string name, std::string_view what) {
    return Error{Stage::verify, std::move(name), "the certificate of " + seen.who + " " + std::string(what)}
        .with("subject", seen.leaf().subject);
}

/// The certificate that leads furthest from the leaf towards a root, by the names in the chain.
const CertificateInfo &top_of(const PresentedCertificates &chain) {
    const CertificateInfo *top = &chain.infos.front();
    for (std::size_t steps = 0; steps < chain.infos.size() && top->subject != top->issuer; ++steps) {
        const auto next = std::ranges::find(chain.infos, top->issuer, &CertificateInfo::subject);
        if (next == chain.infos.end())
            break;
        top = &*next;
    }
    return *top;
}

/// The trust anchor that the top of the chain names as its issuer, if there is one.
std::optional<CertificateInfo> anchor_named_by(const Case &seen, const CertificateInfo &certificate) {
    const auto index = static_cast<std::size_t>(&certificate - seen.chain.infos.data());
    Datum dn;
    gnutls_x509_crt_t found = nullptr;
    if (gnutls_x509_crt_get_raw_issuer_dn(seen.chain.handles[index].get(), dn.out()) < 0 ||
        gnutls_x509_trust_list_get_issuer_by_dn(seen.credentials.impl().trust->list.get(), dn.get(), &found,
                                                GNUTLS_TL_GET_COPY) < 0)
        return std::nullopt;
    const Crt anchor(found);
    auto info = describe(anchor.get(), "the trust store");
    return info ? std::optional(std::move(*info)) : std::nullopt;
}

Error untrusted(const Case &seen) {
    const CertificateInfo &top = top_of(seen.chain);
    const std::string &trust = seen.credentials.trust_description();
    // A leaf that came with others, none of which is its issuer: the sender's file lacks the one in between.
    if (&top == &seen.leaf() && seen.chain.infos.size() > 1 && top.subject != top.issuer)
        return verify_error(seen, "chain-incomplete", "came without the one that issued it")
            .with("missing", top.issuer)
            .with("sent", std::to_string(seen.chain.infos.size()) + " certificates")
            .advise("add the certificate of " + top.issuer + " to the certificate file of " + seen.who +
                    ", after its own");
    Error error = verify_error(seen, "ca-not-trusted", "is not issued by a trusted CA")
                      .with("issuer", top.issuer)
                      .with("trust", trust);
    if (const auto anchor = anchor_named_by(seen, top))
        return std::move(error)
            .with("trusted", "a CA of the same name but with another key, SHA-256 " + anchor->fingerprint)
            .advise(
                "the CA was made anew: distribute its present certificate, or issue the certificate again");
    return std::move(error).advise("add the CA certificate of " + top.issuer +
                                   " to the trust store (tlsctl trust add), or check that " + seen.who +
                                   " sends its intermediate certificates too");
}

/// The first certificate on the way up, trust anchor included, that is outside its dates on the side asked
/// for.
CertificateInfo out_of_date(const Case &seen, bool (*is_at_fault)(const CertificateInfo &, Time)) {
    for (const auto &certificate : seen.chain.infos)
        if (is_at_fault(certificate, seen.now))
            return certificate;
    auto anchor = anchor_named_by(seen, top_of(seen.chain));
    return anchor ? std::move(*anchor) : seen.leaf();
}

Error expired(const Case &seen) {
    const CertificateInfo culprit =
        out_of_date(seen, [](const CertificateInfo &c, Time now) { return c.not_after < now; });
    const bool is_leaf = culprit.fingerprint == seen.leaf().fingerprint;
    Error error =
        verify_error(seen, "certificate-expired", is_leaf ? "has expired" : "hangs on a CA that has expired");
    if (!is_leaf)
        error.facts.push_back({"expired CA", culprit.subject});
    return std::move(error)
        .with("expired", format_time(culprit.not_after))
        .with("local clock", format_time(seen.now))
        .advise(is_leaf ? "renew the certificate of " + seen.who + ", or set the clock of this machine"
                        : "renew the CA certificate and distribute it, or set the clock of this machine");
}

Error not_yet_valid(const Case &seen) {
    const CertificateInfo culprit =
        out_of_date(seen, [](const CertificateInfo &c, Time now) { return c.not_before > now; });
    return verify_error(seen, "certificate-not-yet-valid", "is not valid yet")
        .with("valid from", format_time(culprit.not_before))
        .with("local clock", format_time(seen.now))
        .advise("set the clock of this machine, or of the one that issued the certificate");
}

Error revoked(const Case &seen) {
    return verify_error(seen, "certificate-revoked", "has been revoked")
        .with("serial", seen.leaf().serial)
        .with("issuer", seen.leaf().issuer)
        .advise("issue a new certificate for " + seen.who);
}

Error outdated_crl(const Case &seen) {
    return verify_error(seen, "crl-outdated", "cannot be checked: the revocation list is not current")
        .with("issuer", seen.leaf().issuer)
        .with("local clock", format_time(seen.now))
        .advise("fetch the CA's newest revocation list, or check the clock of this machine");
}

Error weak(const Case &seen) {
    return verify_error(seen, "weak-key", "or one above it has a key or signature that is too weak")
        .with("key", seen.leaf().key_type)
        .with("expected", "RSA of 2048 bits or more, or ECDSA or EdDSA; SHA-256 or better")
        .advise("issue certificates with stronger keys");
}

Error purpose(const Case &seen) {
    return verify_error(seen, "key-usage", "may not be used for this")
        .with("extended key usage", join(seen.leaf().extended_key_usages, ", "))
        .advise("issue a certificate for this use");
}

Error invalid(const Case &seen, std::string_view reason) {
    return verify_error(seen, "certificate-invalid", "is not valid")
        .with("reason", std::string(reason))
        .with("issuer", seen.leaf().issuer)
        .advise("issue the certificate again, and check which CA certificate issued it");
}

/// In the order in which they are reported: an unknown issuer makes the rest meaningless, dates are the usual
/// fault.
struct Row {
    unsigned bits;
    const char *word;
    gnutls_alert_description_t alert;
    Error (*explain)(const Case &);
};
constexpr Row table[] = {
    {GNUTLS_CERT_SIGNER_NOT_FOUND, "issuer not trusted", GNUTLS_A_UNKNOWN_CA, untrusted},
    {GNUTLS_CERT_SIGNER_NOT_CA, "issuer is no CA", GNUTLS_A_BAD_CERTIFICATE,
     [](const Case &seen) { return invalid(seen, "its issuer is no CA"); }},
    {GNUTLS_CERT_REVOKED, "revoked", GNUTLS_A_CERTIFICATE_REVOKED, revoked},
    {GNUTLS_CERT_EXPIRED, "expired", GNUTLS_A_CERTIFICATE_EXPIRED, expired},
    {GNUTLS_CERT_NOT_ACTIVATED, "not yet valid", GNUTLS_A_BAD_CERTIFICATE, not_yet_valid},
    {GNUTLS_CERT_INSECURE_ALGORITHM, "weak algorithm or key", GNUTLS_A_BAD_CERTIFICATE, weak},
    {GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED | GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE,
     "revocation list not current", GNUTLS_A_CERTIFICATE_UNKNOWN, outdated_crl},
    {GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, "issuer's constraints violated", GNUTLS_A_BAD_CERTIFICATE,
     [](const Case &seen) { return invalid(seen, "a CA above it may not issue it (constraints)"); }},
    {GNUTLS_CERT_PURPOSE_MISMATCH, "wrong purpose", GNUTLS_A_UNSUPPORTED_CERTIFICATE, purpose},
    {GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS, "unknown critical extension", GNUTLS_A_UNSUPPORTED_CERTIFICATE,
     [](const Case &seen) { return invalid(seen, "it has a critical extension that is not understood"); }},
    // A CA made anew under its old name fails here, or above when the key identifiers differ.
    {GNUTLS_CERT_SIGNATURE_FAILURE, "signature wrong", GNUTLS_A_UNKNOWN_CA, untrusted},
};

Refusal explain(const Case &seen, unsigned status) {
    const Row *first = nullptr;
    std::vector<std::string> others;
    for (const Row &row : table)
        if ((status & row.bits) == 0)
            continue;
        else if (first == nullptr)
            first = &row;
        else
            others.emplace_back(row.word);
    if (first == nullptr)
        return {invalid(seen, "status " + std::to_string(status)), GNUTLS_A_BAD_CERTIFICATE};
    Refusal refusal{first->explain(seen), first->alert};
    if (!others.empty())
        refusal.error.facts.push_back({"also", join(others, ", ")});
    return refusal;
}

Refusal wrong_name(const Case &seen, const PeerName &name) {
    std::string hint =
        "use a name that the certificate has, or issue one for " + name.text() + "; wildcards do not count";
    if (name.is_address())
        hint = "use the server's DNS name as the certificate has it, or issue a certificate with this "
               "address as "
               "iPAddress subjectAltName";
    if (seen.leaf().names() == "none")
        hint = "issue the certificate with the server's names as subjectAltName; the common name is not "
               "looked at";
    return {Error{Stage::verify, "server-name-mismatch", "the server's certificate is not for " + name.text()}
                .with("expected", name.wanted())
                .with("seen", seen.leaf().names())
                .with("subject", seen.leaf().subject)
                .advise(std::move(hint)),
            GNUTLS_A_BAD_CERTIFICATE};
}

/// GnuTLS asks a list whether a certificate is on it, however old the list is. RFC 5280 6.3.3 wants a current
/// one.
bool relies_on_outdated_crl(const Case &seen) {
    const auto &crls = seen.credentials.impl().trust->crls;
    return std::ranges::any_of(seen.chain.handles, [&](const Crt &certificate) {
        Datum issuer;
        if (crls.empty() || gnutls_x509_crt_get_raw_issuer_dn(certificate.get(), issuer.out()) < 0)
            return false;
        const auto of_issuer = [&](const LoadedCrl &crl) {
            return std::ranges::equal(crl.issuer, issuer.bytes());
        };
        const auto current = [&](const LoadedCrl &crl) {
            return of_issuer(crl) && crl.next_update >= seen.now;
        };
        return std::ranges::any_of(crls, of_issuer) && std::ranges::none_of(crls, current);
    });
}

} // namespace

std::optional<Refusal> refuse_unpinned(const CertificateInfo &leaf, const std::vector<std::string> &pins,
                                       const std::string &who) {
    if (std::ranges::find(pins, leaf.spki_pin) != pins.end())
        return std::nullopt;
    return Refusal{
        Error{Stage::verify, "server-key-not-pinned", who + " has another key than the ones pinned here"}
            .with("seen", leaf.spki_pin)
            .with("pinned", join(pins, ", "))
            .with("subject", leaf.subject)
            .with("issuer", leaf.issuer)
            .advise("ask the server's administrator whether its key was replaced; if so, add the new one "
                    "as pin= in [mount.SERVER] of /etc/rpctls/rpctls.conf"),
        GNUTLS_A_CERTIFICATE_UNKNOWN};
}

Refusal refuse_client(const CertificateInfo &leaf, std::size_t filters) {
    return {Error{Stage::verify, "client-not-allowed", "the client's certificate passes no filter"}
                .with("subject", leaf.subject)
                .with("names", leaf.names())
                .with("issuer", leaf.issuer)
                .with("SPKI SHA-256", leaf.spki_pin)
                .with("filters", std::to_string(filters))
                .advise("if this client may in, add its name, issuer or pin to a section [clients.TAG] of "
                        "/etc/rpctls/rpctls.conf"),
            GNUTLS_A_ACCESS_DENIED};
}

std::optional<Refusal> refuse_peer(const Credentials &credentials, const PresentedCertificates &chain,
                                   const std::optional<PeerName> &name, const std::string &who, Time now) {
    const Case seen{credentials, chain, who, now};
    std::vector<gnutls_x509_crt_t> handles;
    for (const auto &certificate : chain.handles)
        handles.push_back(certificate.get());
    // RFC 9325 section 4.1 wants 112 bits of strength, of every key on the way.
    constexpr unsigned flags = GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM);
    unsigned status = GNUTLS_CERT_INVALID;
    const int code = gnutls_x509_trust_list_verify_crt2(credentials.impl().trust->list.get(), handles.data(),
                                                        static_cast<unsigned>(handles.size()), nullptr, 0,
                                                        flags, &status, nullptr);
    if (code < 0)
        return Refusal{invalid(seen, gnutls_strerror(code)), GNUTLS_A_BAD_CERTIFICATE};
    if (relies_on_outdated_crl(seen))
        status |= GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED;
    if (status != 0)
        return explain(seen, status);
    if (name && !name->matches(chain.infos.front()))
        return wrong_name(seen, *name);
    return std::nullopt;
}

} // namespace rpctls::tls
