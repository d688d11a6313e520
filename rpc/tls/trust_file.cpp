// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/trust_file.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"

#include <algorithm>
#include <optional>

namespace rpctls::tls {

namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view nobody_line = "# trust: nobody";
/// As many as four systems' stores hold.
constexpr std::size_t most_certificates = 512;

std::string_view label_of(std::string_view block) {
    const auto rest = block.substr(begin_mark.size());
    return rest.substr(0, rest.find_first_of("-\n"));
}

bool is_certificate(std::string_view block) {
    const auto label = label_of(block);
    return label == "CERTIFICATE" || label == "X509 CERTIFICATE";
}

/// From each mark up to the next.
std::vector<std::string_view> blocks_of(std::string_view text) {
    std::vector<std::string_view> blocks;
    for (std::size_t at = text.find(begin_mark); at != std::string_view::npos;) {
        const std::size_t next = text.find(begin_mark, at + begin_mark.size());
        blocks.push_back(text.substr(at, next == std::string_view::npos ? next : next - at));
        at = next;
    }
    return blocks;
}

} // namespace

bool trusts_nobody(std::string_view text) {
    return text.find(begin_mark) == std::string_view::npos &&
           std::ranges::any_of(split(text, '\n'),
                               [](std::string_view line) { return trimmed(line) == nobody_line; });
}

Result<std::vector<CertificateInfo>> parse_trust(std::string_view pem_or_der, std::string_view origin) {
    if (trusts_nobody(pem_or_der))
        return std::vector<CertificateInfo>{};
    const auto blocks = blocks_of(pem_or_der);
    if (blocks.empty()) // DER, or nothing
        return parse_chain(as_bytes(pem_or_der), origin);
    std::vector<CertificateInfo> all;
    for (const std::string_view block : blocks) {
        if (!is_certificate(block))
            continue;
        if (all.size() == most_certificates)
            return Error{Stage::input, "certificate-unreadable",
                         "cannot read the certificates in " + printable(origin)}
                .with("reason", "more than " + std::to_string(most_certificates) + " certificates");
        auto certificate = parse_chain(as_bytes(block), origin);
        if (!certificate)
            return std::move(certificate).error();
        all.push_back(std::move(certificate->front()));
    }
    if (all.empty())
        return parse_chain(as_bytes(pem_or_der), origin); // its words for what is missing
    return all;
}

bool has_other_blocks(std::string_view text) {
    return !std::ranges::all_of(blocks_of(text), is_certificate);
}

std::string render_trust(std::span<const CertificateInfo> certificates) {
    std::string text = "# Kept by tlsctl trust, which adds and removes certificates: see tlsctl-trust(8).\n";
    if (certificates.empty())
        return text + std::string(nobody_line) + "\n";
    for (const CertificateInfo &certificate : certificates) {
        // A CA chooses its name, and must not begin a certificate with it.
        const std::string subject = printable(certificate.subject);
        text += "\n# " + (subject.find("-----") == std::string::npos ? subject : "a name of dashes") +
                "\n# until " + format_time(certificate.not_after) + ", SHA-256 " + certificate.fingerprint +
                "\n";
        text += to_pem(std::span(&certificate, 1));
    }
    return text;
}

Status check_authority(const CertificateInfo &certificate, std::string_view origin, Time now) {
    const auto refusal = [&](std::string seen) {
        return Error{Stage::input, "not-a-ca",
                     printable(origin) + " has a certificate that cannot vouch for others"}
            .with("subject", printable(certificate.subject))
            .with("expected", "a CA's certificate: CA:TRUE, and keyCertSign among its key usages")
            .with("seen", std::move(seen))
            .advise("add the certificate of the CA that signed it instead");
    };
    if (!certificate.is_ca)
        return refusal("no CA:TRUE");
    const auto &usages = certificate.key_usages;
    if (!usages.empty() && std::ranges::find(usages, "keyCertSign") == usages.end())
        return refusal("key usages " + join(usages, ", "));
    if (certificate.not_after <= now)
        return Error{Stage::input, "ca-expired",
                     "the CA certificate in " + printable(origin) + " has expired"}
            .with("subject", printable(certificate.subject))
            .with("expired", format_time(certificate.not_after))
            .advise("get the CA's current certificate; --force adds this one, and nobody will pass by it");
    return {};
}

} // namespace rpctls::tls
