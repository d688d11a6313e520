// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/exports.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// What one path is to be exported as.
struct ExportRequest {
    std::filesystem::path path;
    std::vector<std::string> clients;
    kernel::ExportProtection protection{false, false, true}; ///< mtls
    std::string options = "rw,sync,no_subtree_check";        ///< all others
    bool force = false; ///< also while this host has no sound certificate as a server
};

struct ExportChange {
    std::filesystem::path file;               ///< rpctls.exports
    std::optional<std::string> previous;      ///< what it held; absent: there was none
    std::string text;                         ///< what it holds; empty: there is none any more
    std::string path;                         ///< as exported
    std::vector<kernel::ExportEntry> entries; ///< the path's
    bool changed = false;
    bool applied = false; ///< exportfs ran; with --root it does not
    std::vector<std::string> notes;
};

/// Exports a directory to exactly these clients, in the file of ours, and has exportfs put it into force; when that fails
/// everything is as before. The same request again changes nothing. Errors (stage input): export-path-invalid,
/// export-client-invalid, export-options-invalid, export-conflict (somebody else's line for the same path and clients
/// counts), those of the files; (stage config) those of examine_server_certificate, unless forced, and of
/// parse_exports; (stage kernel) nfs-server-missing, xprtsec-unsupported, kernel-without-tls,
/// exports-refused, those of run_program.
Result<ExportChange> set_export(const ExportRequest &request, const Context &context);

/// Takes our exports of a path back. Errors (stage input): export-unknown; (stage kernel) as above.
Result<ExportChange> remove_export(const std::filesystem::path &path, const Context &context);

/// The file as it was before the change, when it still is as that left it, and in force. For who undoes several steps.
/// Errors (stage input): exports-changed, those of the file; (stage kernel) as above.
Status undo_export(const ExportChange &change, const Context &context);

} // namespace rpctls::tlsctl
