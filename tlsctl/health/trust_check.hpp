// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "tlsctl/health/finding.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

struct TrustFacts {
    std::string peers{};       ///< who is verified by it: "servers", "clients"
    std::string description{}; ///< of the trust store
    std::vector<tls::CertificateInfo> authorities{};
    std::optional<tls::Time> crl_next_update{}; ///< of the list that ends first
    bool nobody = false;                        ///< the trust store says so in so many words
};

/// Names: ca-expired (a failure only when no other is left), not-a-ca, crl-outdated, trusts-nobody.
Findings judge_trust(const TrustFacts &facts, tls::Time now);

} // namespace rpctls::tlsctl
