// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/health/examination.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// A certificate that this host proves, and what for.
struct OwnCertificate {
    enum class Use { server, client, identity };
    Use use{};
    std::string label; ///< "the server's certificate", "identity lab"
    std::filesystem::path certificate;
    std::filesystem::path private_key;
    Result<std::vector<tls::CertificateInfo>> chain; ///< read without its key
};

/// All that the settings name, for the roles that this host has, and all identities of the store.
std::vector<OwnCertificate> own_certificates(const Examination &examination);

} // namespace rpctls::tlsctl
