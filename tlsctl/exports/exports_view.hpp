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

/// /etc/exports.d/rpctls.exports: the one file of exports that these commands edit.
std::filesystem::path own_exports_file(const Context &context);

/// A line of somebody's file.
struct ConfiguredExport {
    kernel::ExportEntry entry;
    std::filesystem::path file;
    bool ours = false;
    /// What exportfs made of it, as an index of ExportsView::in_force.
    std::optional<std::size_t> in_force{};
};

/// Everything about exports: the files, in the order in which exportfs reads them, and what it made of them.
struct ExportsView {
    std::vector<ConfiguredExport> configured;
    /// The table that the kernel's questions are answered from; absent for an image (--root), and where exportfs never ran.
    std::optional<std::vector<kernel::ExportEntry>> in_force;
    /// Files that cannot be read to their end. Exports of others are there all the same.
    std::vector<Error> faults;
};

/// Errors: none of the files', which are in `faults`.
ExportsView view_exports(const Context &context);

/// Without a slash at the end, and without steps that lead nowhere.
std::string plain_path(const std::string &path);

/// Both name the same clients for the same path.
bool same_export(const kernel::ExportEntry &a, const kernel::ExportEntry &b);

} // namespace rpctls::tlsctl
