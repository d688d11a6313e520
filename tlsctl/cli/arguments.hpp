// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpc/tls/issuer.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/cli/options.hpp"

#include <string>
#include <string_view>

namespace rpctls::tlsctl {

/// --key-type, the same for every command that makes keys.
void add_key_type(Command command, tls::KeyKind &key);

/// "2026-11-20T21:00:00Z", or "2026-11-20" for its first second; UTC always. `option` is named in errors, which are
/// usage errors.
Result<tls::Time> parse_time(std::string_view text, std::string_view option);

/// This machine's own name.
std::string host_name();

} // namespace rpctls::tlsctl
