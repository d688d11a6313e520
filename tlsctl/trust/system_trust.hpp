// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// The system's trust store, which every program of the host believes, as update-ca-certificates(8) keeps it. Only
/// files that we put there are listed and removed.
namespace rpctls::tlsctl {

struct SystemTrustEntry {
    std::filesystem::path file; ///< /usr/local/share/ca-certificates/rpctls-….crt
    tls::CertificateInfo certificate;
};

/// Those of ours. Errors: those of parse_chain.
Result<std::vector<SystemTrustEntry>> list_system_trust(const Context &context);

struct SystemTrustChange {
    std::vector<SystemTrustEntry> changed;
    std::vector<SystemTrustEntry> already;
    bool applied = false; ///< update-ca-certificates ran; with --root it is left to who starts that system
};

/// Errors: those of parse_trust and check_authority (stage input); system-trust-unknown (stage kernel: this system does not
/// keep its store so), system-trust-failed (update-ca-certificates did; everything is as before), those of run_program.
Result<SystemTrustChange> add_system_trust(std::string_view pem_or_der, std::string_view origin,
                                           const Context &context, bool force);

/// `which` as for remove_trust. Errors: trust-unknown, trust-ambiguous, and those above.
Result<SystemTrustChange> remove_system_trust(std::string_view which, const Context &context);

} // namespace rpctls::tlsctl
