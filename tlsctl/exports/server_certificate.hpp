// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"

#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// Whether this host can serve with TLS at all, and under the names that clients will use.
struct ServerCertificate {
    /// Remarks: a name of this host that the certificate lacks.
    std::vector<std::string> notes;
};

/// The certificate that settings name for the role of a server. Errors (stage config): server-certificate-missing; (stage
/// verify) server-certificate-expired; those of load_settings, read_file and parse_chain.
Result<ServerCertificate> examine_server_certificate(const Context &context);

} // namespace rpctls::tlsctl
