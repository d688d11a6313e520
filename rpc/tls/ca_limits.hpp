// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpctls/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rpctls::tls {

/// How far a CA's certificate lets it go.
struct CaLimits {
    std::optional<int> path_length;              ///< absent: any number of CAs below it
    std::vector<std::string> permitted_dns;      ///< as make_ca takes them; empty: all names
    std::vector<std::string> permitted_networks; ///< likewise
    bool has_others = false;                     ///< constraints that make_ca does not make
};

/// Errors (stage input): certificate-unreadable.
Result<CaLimits> ca_limits(const CertificateInfo &certificate);

/// The common name in its subject; empty when there is none.
Result<std::string> common_name(const CertificateInfo &certificate);

} // namespace rpctls::tls
