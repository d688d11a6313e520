// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"

#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// nfs-utils' exportfs, in this system only.

/// That it is there and knows xprtsec=; for an image nothing is asked. Errors (stage kernel): nfs-server-missing,
/// xprtsec-unsupported.
Status check_exportfs(const Context &context);

/// That the kernel's NFS server enforces xprtsec=: an older one passes over the word, and would export in clear. Errors
/// (stage kernel): kernel-without-tls.
Status check_kernel_enforces(const Context &context);

/// What exportfs -r made of the files.
struct ExportfsOutcome {
    bool refused = false;            ///< it failed; the lines that it took are in force all the same
    std::vector<std::string> said{}; ///< complaints and warnings, a line each

    /// What it says now and did not say then.
    std::vector<std::string> news_since(const ExportfsOutcome &before) const;
};

/// exportfs -r: what the files say is in force, and nothing else. Errors: those of run_program.
Result<ExportfsOutcome> apply_exports();

} // namespace rpctls::tlsctl
