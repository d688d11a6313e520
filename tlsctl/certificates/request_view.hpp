// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate_request.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <utility>
#include <vector>

namespace rpctls::tlsctl {

/// "DNS:nfs1.example, IP:192.0.2.7"; "none" when there are none.
std::string request_names(const std::vector<std::string> &dns_names,
                          const std::vector<std::string> &ip_addresses);

/// The lines that tell what a request asks for, for fields(). Anybody can ask for anything.
std::vector<std::pair<std::string, std::string>> request_fields(const tls::CertificateRequestInfo &request);

/// The same for programs; the keys are part of tlsctl-cert(8).
nlohmann::json request_json(const tls::CertificateRequestInfo &request);

} // namespace rpctls::tlsctl
