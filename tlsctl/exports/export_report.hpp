// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"
#include "tlsctl/exports/export_store.hpp"

#include <string>

namespace rpctls::tlsctl {

/// What set and remove did.
Report export_report(const ExportChange &change, const std::string &verb);

/// "mutual TLS", "TLS", "TLS or plaintext", "plaintext".
std::string protection_words(const kernel::ExportProtection &protection);

/// {"path", "client", "xprtsec", "options"}
nlohmann::json export_json(const kernel::ExportEntry &entry);

} // namespace rpctls::tlsctl
