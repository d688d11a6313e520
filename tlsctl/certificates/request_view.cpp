// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/certificates/request_view.hpp"

#include "rpc/base/text.hpp"

#include <nlohmann/json.hpp>

namespace rpctls::tlsctl {

std::string request_names(const std::vector<std::string> &dns_names,
                          const std::vector<std::string> &ip_addresses) {
    std::vector<std::string> names;
    for (const std::string &name : dns_names)
        names.push_back("DNS:" + printable(name));
    for (const std::string &address : ip_addresses)
        names.push_back("IP:" + address);
    return names.empty() ? "none" : join(names, ", ");
}

std::vector<std::pair<std::string, std::string>> request_fields(const tls::CertificateRequestInfo &request) {
    return {{"common name", request.common_name},
            {"names", request_names(request.dns_names, request.ip_addresses)},
            {"key type", request.key_type},
            {"key SHA-256", request.spki_pin}};
}

nlohmann::json request_json(const tls::CertificateRequestInfo &request) {
    nlohmann::json names = {{"dns", nlohmann::json::array()}, {"ip", request.ip_addresses}};
    for (const std::string &name : request.dns_names)
        names["dns"].push_back(printable(name));
    return {{"common_name", request.common_name},
            {"names", std::move(names)},
            {"key_type", request.key_type},
            {"spki_sha256", request.spki_pin}};
}

} // namespace rpctls::tlsctl
