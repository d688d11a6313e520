// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "tlsctl/health/finding.hpp"
#include "tlsctl/health/own_certificates.hpp"

#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// What this host is called: to tell whether a server's certificate can be the one that clients expect here.
struct HostReach {
    std::string name{};                   ///< hostname(1)
    std::vector<std::string> addresses{}; ///< of its interfaces
    /// Of the certificate's names: those that lead to one of these addresses.
    std::vector<std::string> leading_here{};
};

/// Whether a server's certificate names this host in any way: by its name, an address, or a name that leads here.
/// Names: names-not-covered.
Findings judge_names(const tls::CertificateInfo &leaf, const HostReach &host);

/// The certificate itself, its key not looked at.
Findings judge_certificate(const OwnCertificate &own, tls::Time now);

} // namespace rpctls::tlsctl
