// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/exports/exports_view.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/kernel/export_client.hpp"

#include <algorithm>
#include <map>

namespace rpctls::tlsctl {

namespace {

using kernel::ExportClientKind;
using kernel::ExportEntry;

/// exportfs writes some 250 octets for each export.
constexpr std::size_t largest_table = 16 * largest_file;

/// /etc/exports, then the files of exports.d that exportfs reads, by name.
std::vector<std::filesystem::path> files_of(const Context &context) {
    std::vector<std::filesystem::path> files;
    std::error_code failed;
    for (const auto &entry :
         std::filesystem::directory_iterator(context.below_root("/etc/exports.d"), failed)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with('.') && name.ends_with(".exports") && name.size() > 8)
            files.push_back(entry.path());
    }
    std::ranges::sort(files);
    files.insert(files.begin(), context.below_root("/etc/exports"));
    return files;
}

void read_configured(const Context &context, ExportsView &view) {
    const auto own = own_exports_file(context);
    for (const auto &file : files_of(context)) {
        const auto text = read_file(file);
        if (!text) {
            if (text.error().name != "file-missing")
                view.faults.push_back(text.error());
            continue;
        }
        auto entries = kernel::parse_exports(*text, file.string());
        if (!entries) {
            view.faults.push_back(std::move(entries).error());
            continue;
        }
        for (ExportEntry &entry : *entries)
            view.configured.push_back({std::move(entry), file, file == own});
    }
}

void read_table(ExportsView &view) {
    const std::filesystem::path table = "/var/lib/nfs/etab";
    const auto text = read_file(table, largest_table);
    if (!text) {
        if (text.error().name != "file-missing")
            view.faults.push_back(text.error());
        return;
    }
    auto entries = kernel::parse_exports(*text, table.string());
    if (entries)
        view.in_force = std::move(*entries);
    else
        view.faults.push_back(std::move(entries).error());
}

std::string key_of(const std::string &path, const std::string &client) {
    return plain_path(path) + '\n' + client;
}

/// exportfs follows links before it writes the path down.
std::string real_path(const std::string &path) {
    std::error_code failed;
    const auto real = std::filesystem::canonical(path, failed);
    return failed ? plain_path(path) : real.string();
}

bool is_host(const ExportEntry &entry) {
    return kernel::export_client_kind(entry.client) == ExportClientKind::host;
}

/// By path and client; a host name that exportfs has replaced by the canonical one by what is left over for its path.
void match(ExportsView &view) {
    if (!view.in_force)
        return;
    std::vector<std::pair<std::string, std::size_t>> table;
    for (std::size_t i = 0; i < view.in_force->size(); ++i)
        table.emplace_back(key_of((*view.in_force)[i].path, (*view.in_force)[i].client), i);
    std::ranges::sort(table);
    std::vector<bool> taken(view.in_force->size());
    const auto find = [&](ConfiguredExport &each) {
        const std::string key = key_of(real_path(each.entry.path), each.entry.client);
        const auto at = std::ranges::lower_bound(table, key, {}, [](const auto &row) { return row.first; });
        if (at == table.end() || at->first != key || taken[at->second])
            return;
        each.in_force = at->second;
        taken[at->second] = true;
    };
    std::ranges::for_each(view.configured, find);
    std::multimap<std::string, std::size_t> hosts; // not taken, by path
    for (std::size_t i = 0; i < view.in_force->size(); ++i)
        if (!taken[i] && is_host((*view.in_force)[i]))
            hosts.emplace(plain_path((*view.in_force)[i].path), i);
    for (ConfiguredExport &each : view.configured) {
        if (each.in_force || !is_host(each.entry))
            continue;
        const auto left = hosts.find(real_path(each.entry.path));
        if (left == hosts.end())
            continue;
        each.in_force = left->second;
        hosts.erase(left);
    }
}

} // namespace

std::filesystem::path own_exports_file(const Context &context) {
    return context.below_root("/etc/exports.d/rpctls.exports");
}

ExportsView view_exports(const Context &context) {
    ExportsView view;
    read_configured(context, view);
    if (context.root == "/")
        read_table(view);
    match(view);
    return view;
}

std::string plain_path(const std::string &path) {
    std::string plain = std::filesystem::path(path).lexically_normal().string();
    while (plain.size() > 1 && plain.ends_with('/'))
        plain.pop_back();
    return plain;
}

bool same_export(const ExportEntry &a, const ExportEntry &b) {
    return plain_path(a.path) == plain_path(b.path) && lower_case(a.client) == lower_case(b.client);
}

} // namespace rpctls::tlsctl
