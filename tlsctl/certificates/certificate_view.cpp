// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/certificates/certificate_view.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"

#include <nlohmann/json.hpp>

namespace rpctls::tlsctl {

namespace {

using Days = std::chrono::duration<long, std::ratio<86400>>;

std::string days(long count) {
    return std::to_string(count) + (count == 1 ? " day" : " days");
}

/// Key purposes in words; one that is not known here stays an OID.
std::string purposes(const tls::CertificateInfo &certificate) {
    static constexpr std::pair<const char *, const char *> words[] = {
        {"1.3.6.1.5.5.7.3.1", "serverAuth"},
        {"1.3.6.1.5.5.7.3.2", "clientAuth"},
        {"1.3.6.1.5.5.7.3.33", "rpcTLSClient"},
        {"1.3.6.1.5.5.7.3.34", "rpcTLSServer"},
    };
    std::vector<std::string> names;
    for (const std::string &oid : certificate.extended_key_usages) {
        names.push_back(oid);
        for (const auto &[known, word] : words)
            if (oid == known)
                names.back() = word;
    }
    return join(names, ", ");
}

} // namespace

long days_left(tls::Time time) {
    return std::chrono::round<Days>(time - std::chrono::system_clock::now()).count();
}

std::string validity_words(const tls::CertificateInfo &certificate) {
    const long left = days_left(certificate.not_after);
    if (certificate.not_after <= std::chrono::system_clock::now())
        return left == 0 ? "expired" : "expired " + days(-left) + " ago";
    if (certificate.not_before > std::chrono::system_clock::now())
        return "not yet valid";
    return days(left) + " left";
}

std::vector<std::pair<std::string, std::string>> certificate_fields(const tls::CertificateInfo &certificate) {
    return {{"subject", certificate.subject},
            {"issuer", certificate.issuer == certificate.subject ? "" : certificate.issuer},
            {"names", certificate.is_ca ? "" : certificate.names()},
            {"purposes", purposes(certificate)},
            {"key type", certificate.key_type},
            {"valid", format_time(certificate.not_before) + " to " + format_time(certificate.not_after) +
                          ", " + validity_words(certificate)},
            {"serial", certificate.serial},
            {"SHA-256", certificate.fingerprint}};
}

nlohmann::json certificate_json(const tls::CertificateInfo &certificate) {
    nlohmann::json names = {{"dns", nlohmann::json::array()}, {"ip", certificate.ip_addresses}};
    for (const std::string &name : certificate.dns_names)
        names["dns"].push_back(printable(name));
    return {{"subject", certificate.subject},
            {"issuer", certificate.issuer},
            {"serial", certificate.serial},
            {"names", std::move(names)},
            {"extended_key_usages", certificate.extended_key_usages},
            {"key_type", certificate.key_type},
            {"not_before", format_time(certificate.not_before)},
            {"not_after", format_time(certificate.not_after)},
            {"days_left", days_left(certificate.not_after)},
            {"sha256", certificate.fingerprint},
            {"spki_sha256", certificate.spki_pin},
            {"is_ca", certificate.is_ca}};
}

std::string short_fingerprint(const tls::CertificateInfo &certificate) {
    return certificate.fingerprint.substr(0, 16);
}

} // namespace rpctls::tlsctl
