// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/certificate_check.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/verification.hpp"
#include "rpc/tls/x509.hpp"

#include <algorithm>

namespace rpctls::tls {

namespace {

using namespace std::chrono_literals;

/// This program is younger: a clock that says less is wrong.
constexpr std::time_t birth = 1763683200; // 2025-11-21

class Checker {
public:
    explicit Checker(const CertificateCheck &check) : check_(check) {}

    std::vector<Finding> run() {
        dates();
        order();
        names();
        usages();
        strength();
        verify();
        std::stable_partition(found_.begin(), found_.end(), [](const Finding &f) { return f.is_fault; });
        return std::move(found_);
    }

private:
    const CertificateInfo &leaf() const { return check_.chain.front(); }

    Error error(const char *name, const CertificateInfo &which, const std::string &what) const {
        const std::string who =
            &which == &leaf() ? "the certificate" : "the CA certificate " + which.subject + " in the file";
        return {Stage::verify, name, who + " " + what};
    }
    void fault(Error error) { found_.push_back({true, std::move(error)}); }
    void note(Error error) { found_.push_back({false, std::move(error)}); }
    bool has(std::string_view name) const {
        return std::ranges::any_of(found_, [&](const Finding &f) { return f.error.name == name; });
    }

    void dates();
    void order();
    void names();
    void host(const PeerName &name);
    void usages();
    void purposes();
    void strength();
    void verify();

    const CertificateCheck &check_;
    std::vector<Finding> found_;
};

void Checker::dates() {
    if (check_.now < std::chrono::system_clock::from_time_t(birth))
        fault(Error{Stage::verify, "clock-wrong", "the clock of this machine is wrong"}
                  .with("it says", format_time(check_.now))
                  .advise("set it; every certificate depends on it"));
    for (const CertificateInfo &each : check_.chain) {
        const char *renewal = &each == &leaf()
                                  ? "renew it: tlsctl cert renew, or ask its CA"
                                  : "have the CA renewed, and put its new certificate in the file";
        if (each.not_after <= check_.now)
            fault(error("certificate-expired", each, "has expired")
                      .with("ended", format_time(each.not_after))
                      .with("local clock", format_time(check_.now))
                      .advise(renewal));
        else if (each.not_after <= check_.now + check_.ahead)
            fault(error("certificate-expires-soon", each, "ends soon")
                      .with("ends", format_time(each.not_after))
                      .with("days left", std::to_string((each.not_after - check_.now) / 24h))
                      .advise(renewal));
        if (each.not_before > check_.now)
            fault(error("certificate-not-yet-valid", each, "is not valid yet")
                      .with("begins", format_time(each.not_before))
                      .with("local clock", format_time(check_.now))
                      .advise("check the clocks of this machine and of the CA's; otherwise wait until then"));
    }
}

void Checker::order() {
    const auto &chain = check_.chain;
    const auto holds = [&](const std::string &subject) {
        return std::ranges::any_of(chain, [&](const CertificateInfo &c) { return c.subject == subject; });
    };
    if (leaf().is_ca && std::ranges::any_of(chain, [](const CertificateInfo &c) { return !c.is_ca; }))
        fault(error("chain-order", leaf(), "is a CA's, and the one of the host comes after it")
                  .advise("put the host's own certificate first in the file"));
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
        if (chain[i].issuer == chain[i + 1].subject)
            continue;
        const bool elsewhere = chain[i].subject != chain[i].issuer && holds(chain[i].issuer);
        if (elsewhere && !has("chain-order"))
            fault(error("chain-order", chain[i], "is not followed by the one of its issuer")
                      .with("issuer", chain[i].issuer)
                      .with("followed by", chain[i + 1].subject)
                      .advise("sort the file: the host's own certificate, then each one's issuer"));
        else if (!elsewhere && !has("chain-order"))
            fault(error("chain-incomplete", chain[i], "is followed by one that did not issue it")
                      .with("missing", chain[i].issuer)
                      .advise("put the certificate of " + chain[i].issuer + " after it"));
    }
    if (chain.size() > 1 && chain.back().subject == chain.back().issuer)
        note(error("chain-root", chain.back(), "is a root: peers have it themselves or do not trust it")
                 .advise("take it out of the file; it only makes handshakes longer"));
}

void Checker::host(const PeerName &name) {
    if (name.matches(leaf()))
        return;
    Error mismatch = error("server-name-mismatch", leaf(), "is not for " + name.text())
                         .with("names", leaf().names())
                         .with("subject", leaf().subject);
    std::string remedy = "have it issued anew with " + name.text() + " among its subjectAltNames";
    if (equal_ignoring_case(leaf().subject, "CN=" + name.text()))
        remedy = "the common name alone has that name, and nobody looks at it (RFC 9289 5.2.1): " + remedy;
    else if (std::ranges::any_of(leaf().dns_names, [](const std::string &n) { return n.starts_with("*"); }))
        remedy = "wildcards do not count in RPC with TLS (RFC 9289 5.2.1): " + remedy;
    fault(std::move(mismatch).advise(std::move(remedy)));
}

void Checker::names() {
    const auto is_wildcard = [](const std::string &name) { return name.find('*') != std::string::npos; };
    const bool serves = !check_.hosts.empty() || (check_.profile && check_.profile != Profile::client);
    const bool useful = !leaf().ip_addresses.empty() || !std::ranges::all_of(leaf().dns_names, is_wildcard);
    if (serves && !useful)
        fault(error("names-missing", leaf(), "has no name or address that a client would take")
                  .with("names", leaf().names())
                  .with("subject", leaf().subject)
                  .advise("have it issued anew with the host's names and addresses as subjectAltNames; the "
                          "common name and wildcards do not count"));
    else if (std::ranges::any_of(leaf().dns_names, is_wildcard))
        note(error("wildcard-useless", leaf(), "has a wildcard, which never matches in RPC with TLS")
                 .with("names", leaf().names())
                 .advise("have each host's own name put in"));
    for (const PeerName &name : check_.hosts)
        host(name);
}

void Checker::purposes() {
    const auto &oids = leaf().extended_key_usages;
    const auto allows = [&](std::initializer_list<std::string_view> any) {
        return oids.empty() || std::ranges::any_of(oids, [&](const std::string &oid) {
                   return oid == "2.5.29.37.0" || std::ranges::find(any, oid) != any.end();
               });
    };
    const bool server = allows({"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.34"});
    const bool client = allows({"1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.33"});
    const bool wants_server = !check_.hosts.empty() || (check_.profile && check_.profile != Profile::client);
    const bool wants_client = check_.profile && check_.profile != Profile::server;
    const auto missing = [&](const std::string &role) {
        fault(error("purpose-missing", leaf(), "is not meant for " + role)
                  .with("extended key usage", join(oids, ", "))
                  .advise("have it issued for " + role +
                          ": tlsctl cert issue --profile, or serverAuth/clientAuth "
                          "with other CAs"));
    };
    if (wants_server && !server)
        missing("servers");
    if (wants_client && !client)
        missing("clients");
    if (!check_.profile && check_.hosts.empty() && !server && !client)
        missing("servers or clients");
}

void Checker::usages() {
    const auto &usages = leaf().key_usages;
    if (!usages.empty() && std::ranges::find(usages, "digitalSignature") == usages.end())
        fault(error("key-usage", leaf(), "may not sign, which TLS 1.3 needs")
                  .with("key usage", join(usages, " "))
                  .advise("have it issued anew with the key usage digitalSignature"));
    if (leaf().is_ca && check_.chain.size() == 1)
        note(error("leaf-is-ca", leaf(), "is a CA's own: a leak of its key is a leak of the CA")
                 .advise("issue a certificate for the host from it, and keep the CA's key elsewhere"));
    purposes();
}

void Checker::strength() {
    for (const CertificateInfo &each : check_.chain) {
        const auto certificate = import_certificate(each.der, check_.origin);
        if (!certificate)
            continue;
        gnutls_x509_crt_t crt = certificate->get();
        unsigned bits = 0;
        const int algorithm = gnutls_x509_crt_get_pk_algorithm(crt, &bits);
        const bool weak = algorithm >= 0 &&
                          gnutls_pk_bits_to_sec_param(static_cast<gnutls_pk_algorithm_t>(algorithm), bits) <
                              GNUTLS_SEC_PARAM_MEDIUM;
        if (weak)
            fault(error("weak-key", each, "has a key that is too weak")
                      .with("key", each.key_type)
                      .with("expected", "RSA of 2048 bits or more, or ECDSA or EdDSA")
                      .advise("have it issued anew for a new key"));
        const int signature = gnutls_x509_crt_get_signature_algorithm(crt);
        const auto sign = static_cast<gnutls_sign_algorithm_t>(signature);
        // Nobody checks a root's signature on itself.
        if (each.subject != each.issuer && signature > 0 &&
            gnutls_sign_is_secure2(sign, GNUTLS_SIGN_FLAG_SECURE_FOR_CERTS) == 0)
            fault(error("weak-signature", each, "is signed with a weak algorithm")
                      .with("signature", gnutls_sign_get_name(sign))
                      .with("expected", "SHA-256 or better")
                      .advise("have it issued anew by a CA that signs with SHA-256"));
    }
}

void Checker::verify() {
    if (!check_.trust)
        return;
    PresentedCertificates presented;
    for (const CertificateInfo &each : check_.chain) {
        auto certificate = import_certificate(each.der, check_.origin);
        if (!certificate)
            return fault(std::move(certificate).error());
        presented.handles.push_back(std::move(*certificate));
        presented.infos.push_back(each);
    }
    auto refusal = refuse_peer(*check_.trust, presented, std::nullopt, check_.origin, check_.now);
    if (refusal && !has(refusal->error.name))
        fault(std::move(refusal->error));
}

} // namespace

std::vector<Finding> check_certificate(const CertificateCheck &check) {
    return Checker(check).run();
}

} // namespace rpctls::tls
