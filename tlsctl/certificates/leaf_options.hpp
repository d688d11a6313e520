// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/issuer.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/options.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// What the commands that make certificates can be told about them.
struct LeafOptions {
    tls::Profile profile = tls::Profile::peer;
    std::vector<std::string> dns_names;
    std::vector<std::string> ip_addresses;
    std::optional<int> days;
    std::string not_before;
    std::string not_after;
};

/// --profile; `fallback` is said in the help.
void add_profile_option(Command command, LeafOptions &options, const std::string &fallback);
/// "server", "client", "peer": the words of --profile.
std::string profile_word(tls::Profile profile);
/// --dns and --ip.
void add_name_options(Command command, LeafOptions &options);
/// --days, --not-before and --not-after.
void add_validity_options(Command command, LeafOptions &options);

/// Fills in the validity. What was not asked for ends with the CA at the latest; what was asked for is left to
/// issue(), which refuses more than the CA can give. Errors: usage.
Status set_validity(tls::LeafRequest &request, const LeafOptions &options, tls::Time ca_not_after);

/// A server's names when none were given: all that this host knows of itself, or, for another, `name`. Returns a
/// remark for the output; empty when nothing was filled in.
std::string set_default_names(tls::LeafRequest &request, const std::string &name, const Context &context);

} // namespace rpctls::tlsctl
