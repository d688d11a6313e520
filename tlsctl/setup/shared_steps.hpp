// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/trust_file.hpp"
#include "tlsctl/configuration/edit.hpp"
#include "tlsctl/setup/steps.hpp"

#include <string>
#include <vector>

/// What a server and a client both need.
namespace rpctls::tlsctl {

/// Trusts CA certificates in a role. look() gives the errors of find_trust and read_trust.
Step trust_step(tls::TrustRole role, std::function<Result<std::string>()> pem, const std::string &title,
                const Context &context);

/// Settings of rpctls.conf; the file must make sense afterwards. Errors: those of ConfigurationFile and load_settings.
Step configuration_step(std::vector<Setting> settings, const std::string &title, const Context &context);

} // namespace rpctls::tlsctl
