// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/credential_check.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/certificate_faults.hpp"
#include "rpc/tls/key_pair.hpp"
#include "rpc/tls/peer_name.hpp"
#include "tlsctl/health/checks.hpp"
#include "tlsctl/health/host_reach.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

constexpr std::string_view link = "credentials";
using Use = OwnCertificate::Use;

Finding about(const OwnCertificate &own, Finding finding) {
    finding.what = own.label + ": " + finding.what;
    finding.facts.push_back({"file", own.certificate.string()});
    return finding;
}

std::string renewal(const OwnCertificate &own) {
    if (own.use == Use::identity)
        return "tlsctl identity update " + own.certificate.parent_path().filename().string() +
               " --cert FILE --key FILE";
    return "tlsctl cert issue … --cert " + own.certificate.string() + " --key " + own.private_key.string() +
           " --force";
}

tls::Purpose purpose_of(Use use) {
    return use == Use::server ? tls::Purpose::server : tls::Purpose::client;
}

/// The key: that it can be read, by nobody else, and belongs to the certificate. Absent when all is well.
std::optional<Finding> key_trouble(const OwnCertificate &own) {
    const auto certificate = read_file(own.certificate);
    const auto key = read_secret_file(own.private_key);
    if (!key) {
        Finding finding = finding_from(key.error(), link);
        if (key.error().name == "file-exposed") {
            finding = fixed_by(std::move(finding), {"/usr/bin/chmod", "600", own.private_key.string()});
            finding.what += "; whoever has read it can pass for this host";
        }
        return finding;
    }
    if (!certificate)
        return std::nullopt; // said already
    const auto pair =
        tls::read_key_pair(as_bytes(*certificate), own.certificate.string(), *key, own.private_key.string());
    if (pair)
        return std::nullopt;
    Finding finding = finding_from(pair.error(), link);
    if (finding.mend.empty())
        finding.mend = renewal(own);
    return finding;
}

} // namespace

Findings judge_certificate(const OwnCertificate &own, tls::Time now) {
    if (!own.chain)
        return {about(own, finding_from(own.chain.error(), link))};
    Findings findings;
    for (const Error &error : tls::certificate_faults(*own.chain, purpose_of(own.use), now)) {
        const bool harmless = error.name == "certificate-ends-soon" || error.name == "certificate-is-ca";
        Finding finding = finding_from(error, link, harmless ? Level::warn : Level::fail);
        if (error.name != "certificate-not-yet-valid" && error.name != "chain-order")
            finding.mend = renewal(own);
        findings.push_back(about(own, std::move(finding)));
    }
    return findings;
}

Findings judge_names(const tls::CertificateInfo &leaf, const HostReach &host) {
    const auto covers = [&](const std::string &name) {
        const auto typed = tls::PeerName::parse(name);
        return typed && typed->matches(leaf);
    };
    if (covers(host.name) || std::ranges::any_of(host.addresses, covers) || !host.leading_here.empty())
        return {};
    return {
        fault(Level::fail, link, "names-not-covered",
              "the server's certificate has no name or address that leads to this host: clients refuse it",
              {{"certificate's names", leaf.names()}, {"this host", host.name}},
              "tlsctl cert issue --profile server --dns " + host.name + " --force")};
}

Findings examine_credentials(const Examination &examination) {
    Findings findings;
    for (const OwnCertificate &own : own_certificates(examination)) {
        auto found = judge_certificate(own, examination.now);
        if (auto key = key_trouble(own))
            found.push_back(about(own, std::move(*key)));
        if (own.use == Use::server && own.chain && examination.live())
            for (const Finding &names : judge_names(own.chain->front(), reach_of_host(own.chain->front())))
                found.push_back(about(own, names));
        if (found.empty())
            found.push_back(sound(link, own.label + " is in order",
                                  {{"subject", own.chain->front().subject},
                                   {"names", own.chain->front().names()},
                                   {"ends", format_time(own.chain->front().not_after)}}));
        findings.insert(findings.end(), found.begin(), found.end());
    }
    if (findings.empty())
        findings.push_back(sound(link, "no certificate is configured: this host proves nothing"));
    return findings;
}

} // namespace rpctls::tlsctl
