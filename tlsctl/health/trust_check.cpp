// SPDX-License-Identifier: LGPL-2.1-or-later
// What peers are verified by: that it can be read, has CAs that are valid, and revocation lists that are current.
#include "tlsctl/health/trust_check.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpc/tls/trust_file.hpp"
#include "tlsctl/health/checks.hpp"

namespace rpctls::tlsctl {

namespace {

constexpr std::string_view link = "trust";

Findings examine_role(const Examination &examination, const char *role, const tls::RoleSettings &settings) {
    const auto peers = std::string(role) == "client" ? "servers" : "clients";
    if (!settings.truststore) {
        const std::vector<Fact> facts{{"set", std::string("x509.truststore in [authenticate.") + role + "]"}};
        if (std::string_view(role) == "client")
            return {sound(link, "servers are verified by the system's trust store", facts)};
        return {fault(Level::warn, link, "truststore-system",
                      "clients are verified by the system's trust store: any public CA may vouch for one",
                      facts, "tlsctl trust add FILE --role server")};
    }
    // That of `tlsctl trust` was looked for below the root; what the settings name is as they say it.
    const auto file = settings.truststore_is_kept ? *settings.truststore
                                                  : examination.context.below_root(*settings.truststore);
    tls::CredentialSources sources;
    sources.truststore = file;
    if (settings.crl)
        sources.crl = examination.context.below_root(*settings.crl);
    const auto loaded = tls::Credentials::load(std::move(sources));
    if (!loaded) {
        Finding finding = finding_from(loaded.error(), link);
        finding.what = std::string("the trust store for ") + peers + ": " + finding.what;
        if (finding.mend.empty())
            finding.mend = std::string("tlsctl trust add FILE --role ") + role;
        return {finding};
    }
    TrustFacts facts{peers, (*loaded)->trust_description(), {}, (*loaded)->crl_next_update()};
    if (const auto text = read_file(file)) {
        facts.nobody = tls::trusts_nobody(*text);
        if (auto authorities = tls::parse_trust(*text, file.string()))
            facts.authorities = std::move(*authorities);
    }
    return judge_trust(facts, examination.now);
}

} // namespace

Findings judge_trust(const TrustFacts &facts, tls::Time now) {
    Findings findings;
    if (facts.nobody)
        findings.push_back(fault(Level::warn, link, "trusts-nobody", "no " + facts.peers + " are trusted",
                                 {{"trust store", facts.description}}, "tlsctl trust add FILE"));
    std::size_t valid = 0;
    for (const auto &authority : facts.authorities) {
        if (!authority.is_ca)
            findings.push_back(
                fault(Level::warn, link, "not-a-ca",
                      "a certificate of the trust store is no CA's: it vouches for itself at most",
                      {{"subject", authority.subject}, {"trust store", facts.description}},
                      "put the CA's certificate in its place"));
        if (authority.not_after < now)
            findings.push_back(fault(Level::warn, link, "ca-expired", "a CA of the trust store has expired",
                                     {{"subject", authority.subject},
                                      {"expired", format_time(authority.not_after)},
                                      {"trust store", facts.description}},
                                     "put the CA's renewed certificate in its place"));
        else
            ++valid;
    }
    if (valid == 0 && !facts.authorities.empty())
        for (Finding &finding : findings)
            if (finding.name == "ca-expired")
                finding.level = Level::fail;
    if (facts.crl_next_update && *facts.crl_next_update < now)
        findings.push_back(fault(
            Level::fail, link, "crl-outdated",
            "a revocation list is out of date: " + facts.peers + " of its CA are refused",
            {{"next update was due", format_time(*facts.crl_next_update)}}, "fetch the CA's newest list"));
    if (findings.empty())
        findings.push_back(sound(link, facts.peers + " are verified by " + facts.description));
    return findings;
}

Findings examine_trust(const Examination &examination) {
    if (!examination.settings)
        return {};
    Findings findings;
    if (examination.roles.client)
        findings = examine_role(examination, "client", examination.settings->client);
    if (examination.roles.server) {
        auto server = examine_role(examination, "server", examination.settings->server);
        findings.insert(findings.end(), server.begin(), server.end());
    }
    return findings;
}

} // namespace rpctls::tlsctl
