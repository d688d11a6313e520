// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/trust/trust_selection.hpp"

#include "rpc/base/text.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace rpctls::tlsctl {

namespace {

constexpr std::size_t shortest_fingerprint = 8;

/// Its digits; empty when it is none.
std::string fingerprint_digits(std::string_view text) {
    std::string digits = lower_case(text);
    std::erase(digits, ':');
    const bool is_hex = digits.find_first_not_of("0123456789abcdef") == std::string::npos;
    return is_hex && digits.size() >= shortest_fingerprint ? digits : std::string();
}

/// The subject is RFC 4514 text: a comma in a value is escaped, and then it takes the whole subject to name it.
bool has_name(const tls::CertificateInfo &certificate, std::string_view name) {
    if (certificate.subject == name)
        return true;
    const std::string wanted = "CN=" + std::string(name);
    return std::ranges::any_of(split(certificate.subject, ','),
                               [&](std::string_view part) { return trimmed(part) == wanted; });
}

} // namespace

Result<std::string> select_certificate(std::string_view which, std::span<const tls::CertificateInfo> among) {
    const std::string digits = fingerprint_digits(which);
    std::map<std::string, std::string> found; // fingerprint → subject
    std::vector<std::string> known;
    for (const tls::CertificateInfo &certificate : among) {
        if ((!digits.empty() && certificate.fingerprint.starts_with(digits)) || has_name(certificate, which))
            found.emplace(certificate.fingerprint, certificate.subject);
        const std::string subject = printable(certificate.subject);
        if (std::ranges::find(known, subject) == known.end())
            known.push_back(subject);
    }
    if (found.size() == 1)
        return found.begin()->first;
    if (found.empty())
        return Error{Stage::input, "trust-unknown", "no trusted certificate is " + printable(which)}
            .with("trusted", known.empty() ? "none by tlsctl" : join(known, "; "))
            .advise("see tlsctl trust list; a fingerprint takes at least 8 of its digits");
    std::vector<std::string> fingerprints;
    for (const auto &each : found)
        fingerprints.push_back(each.first.substr(0, 16));
    return Error{Stage::input, "trust-ambiguous",
                 std::to_string(found.size()) + " trusted certificates are " + printable(which)}
        .with("SHA-256", join(fingerprints, ", "))
        .advise("name the one by its fingerprint");
}

} // namespace rpctls::tlsctl
