// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/exports.hpp"
#include "tlsctl/cli/options.hpp"

#include <optional>
#include <string_view>

namespace rpctls::tlsctl {

/// What --xprtsec takes. One word is the least that is asked of clients: "tls" takes those that prove a certificate as
/// well, which the kernel would refuse with xprtsec=tls alone. A list is taken as it stands.
std::optional<kernel::ExportProtection> protection_asked(std::string_view words);

/// --xprtsec, the same for every command that exports.
void add_protection(Command command, kernel::ExportProtection &protection);

} // namespace rpctls::tlsctl
