// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/health/finding.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rpctls::tlsctl {

/// What one client specification may mount, as exportfs(8) keeps it in /var/lib/nfs/etab.
struct ActiveExport {
    std::string path;
    std::string client;
    std::vector<std::string> protections; ///< of xprtsec=; all three when it is not there

    bool allows(std::string_view protection) const;
};

/// Pure: octal escapes undone; lines that make no sense are skipped.
std::vector<ActiveExport> parse_etab(std::string_view text);

/// Names: export-plaintext; server-certificate-missing.
Findings judge_exports(const std::vector<ActiveExport> &exports, bool has_certificate);

} // namespace rpctls::tlsctl
