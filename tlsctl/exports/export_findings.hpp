// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"
#include "tlsctl/exports/exports_view.hpp"

#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// Something about exports that a person should know.
struct ExportFinding {
    std::string name;    ///< stable: "plaintext-allowed", …
    bool problem = true; ///< false: a remark
    std::string what;
    std::string hint{};
    std::string path{};
    std::string client{};
    std::string place{}; ///< "/etc/exports line 3"; empty: in force by no file
};

/// What is weaker or other than it seems: plaintext-allowed, world-without-certificate, xprtsec-adds, weaker-parent,
/// path-missing, conflict, not-in-force, in-force-differs, exports-unreadable; the remarks in-force-by-hand and
/// server-stopped; kernel-without-tls, and those of the server's certificate. Looks at the file system.
std::vector<ExportFinding> examine_exports(const ExportsView &view, const Context &context);

/// "/etc/exports line 3"
std::string place_of(const ConfiguredExport &configured);

} // namespace rpctls::tlsctl
