// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/options.hpp"
#include "tlsctl/trust/system_trust.hpp"
#include "tlsctl/trust/trust_store.hpp"

#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// --role client|server|both.
void add_role(Command command, std::vector<tls::TrustRole> &roles, const std::string &what);

/// "client and server"
std::string role_words(const std::vector<tls::TrustRole> &roles);

/// What add and remove did: `verb` is "added" or "removed".
Report trust_report(const TrustChange &change, const std::string &verb);
Report system_trust_report(const SystemTrustChange &change, const std::string &verb);

} // namespace rpctls::tlsctl
