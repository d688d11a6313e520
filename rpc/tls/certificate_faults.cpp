// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/certificate_faults.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace rpctls::tls {

namespace {

constexpr std::chrono::hours soon(30 * 24);

Error of(const CertificateInfo &certificate, std::string name, std::string what) {
    return Error{Stage::verify, std::move(name), std::move(what)}.with("subject", certificate.subject);
}

void judge_time(std::vector<Error> &faults, const CertificateInfo &certificate, bool is_leaf, Time now) {
    const std::string which = is_leaf ? "the certificate" : "a certificate of the chain";
    if (certificate.not_after < now)
        faults.push_back(of(certificate, "certificate-expired", which + " has expired")
                             .with("expired", format_time(certificate.not_after))
                             .advise(is_leaf ? "renew it" : "renew the CA's certificate"));
    if (certificate.not_before > now)
        faults.push_back(of(certificate, "certificate-not-yet-valid", which + " is not valid yet")
                             .with("valid from", format_time(certificate.not_before))
                             .with("local clock", format_time(now))
                             .advise("set the clock: timedatectl set-ntp true"));
}

void judge_order(std::vector<Error> &faults, std::span<const CertificateInfo> chain) {
    for (std::size_t i = 0; i + 1 < chain.size(); ++i)
        if (chain[i].issuer != chain[i + 1].subject) {
            faults.push_back(
                of(chain[i], "chain-order", "the next certificate of the file is not its issuer's")
                    .with("issuer", chain[i].issuer)
                    .with("next", chain[i + 1].subject)
                    .advise("order the file: the certificate itself, then each one's issuer"));
            return;
        }
}

bool serves(const std::vector<std::string> &usages, std::initializer_list<std::string_view> wanted) {
    constexpr std::string_view any_usage = "2.5.29.37.0";
    return usages.empty() || std::ranges::any_of(usages, [&](const std::string &usage) {
               return usage == any_usage || std::ranges::find(wanted, usage) != wanted.end();
           });
}

/// RFC 9289 5.2.1.1, and the usages of TLS at large that stand beside or for them.
void judge_usage(std::vector<Error> &faults, const CertificateInfo &leaf, Purpose purpose) {
    constexpr std::string_view server_auth = "1.3.6.1.5.5.7.3.1", client_auth = "1.3.6.1.5.5.7.3.2",
                               rpc_client = "1.3.6.1.5.5.7.3.33", rpc_server = "1.3.6.1.5.5.7.3.34";
    if (!leaf.key_usages.empty() &&
        std::ranges::find(leaf.key_usages, "digitalSignature") == leaf.key_usages.end())
        faults.push_back(of(leaf, "key-usage", "the certificate may not be used for signatures")
                             .with("seen", join(leaf.key_usages, ", "))
                             .advise("issue one with key usage digitalSignature"));
    const bool fits = purpose == Purpose::server ? serves(leaf.extended_key_usages, {server_auth, rpc_server})
                      : purpose == Purpose::client
                          ? serves(leaf.extended_key_usages, {client_auth, rpc_client})
                          : true;
    if (!fits)
        faults.push_back(of(leaf, "key-usage",
                            std::string("the certificate is not for TLS ") +
                                (purpose == Purpose::server ? "servers" : "clients"))
                             .with("extended key usage", join(leaf.extended_key_usages, ", "))
                             .advise(std::string("issue one for it: tlsctl cert issue --profile ") +
                                     (purpose == Purpose::server ? "server" : "client")));
    if (leaf.is_ca)
        faults.push_back(of(leaf, "certificate-is-ca", "a CA's certificate is used as this host's own")
                             .advise("issue a certificate for the host, and keep the CA's key elsewhere"));
}

/// "RSA 1024": what key_type says.
bool is_weak(std::string_view key_type) {
    constexpr std::string_view rsa = "RSA ";
    if (!key_type.starts_with(rsa))
        return key_type.starts_with("DSA");
    const auto bits = parse_number(key_type.substr(rsa.size()));
    return bits && *bits < 2048;
}

} // namespace

std::vector<Error> certificate_faults(std::span<const CertificateInfo> chain, Purpose purpose, Time now) {
    std::vector<Error> faults;
    for (const auto &certificate : chain)
        judge_time(faults, certificate, &certificate == chain.data(), now);
    const bool times_are_good = faults.empty();
    judge_order(faults, chain);
    const CertificateInfo &leaf = chain.front();
    judge_usage(faults, leaf, purpose);
    if (is_weak(leaf.key_type))
        faults.push_back(of(leaf, "weak-key", "the certificate's key is too weak")
                             .with("key", leaf.key_type)
                             .advise("issue one with ECDSA, Ed25519, or RSA of 2048 bits or more"));
    if (purpose == Purpose::server && leaf.dns_names.empty() && leaf.ip_addresses.empty())
        faults.push_back(of(leaf, "names-missing", "a server's certificate without names or addresses")
                             .advise("issue one with --dns or --ip: clients look at nothing else"));
    const auto first_end = std::ranges::min_element(chain, {}, &CertificateInfo::not_after);
    if (times_are_good && first_end->not_after - now < soon)
        faults.push_back(of(*first_end, "certificate-ends-soon", "the certificate ends within 30 days")
                             .with("ends", format_time(first_end->not_after))
                             .advise("renew it"));
    return faults;
}

} // namespace rpctls::tls
