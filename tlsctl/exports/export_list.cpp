// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/exports/export_findings.hpp"
#include "tlsctl/exports/export_report.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

std::string access(const kernel::ExportEntry &entry) {
    // The later of the two counts; neither: ro.
    std::string word = "ro";
    for (const std::string &option : entry.options)
        if (option == "rw" || option == "ro")
            word = option;
    return word;
}

struct Listing {
    std::vector<std::vector<std::string>> rows;
    nlohmann::json exports = nlohmann::json::array();
    std::size_t plaintext = 0;

    void add(const kernel::ExportEntry &entry, const ConfiguredExport *from, bool in_force) {
        const auto protection = entry.protection();
        plaintext += protection.none ? 1 : 0;
        rows.push_back({entry.path, entry.client, protection_words(protection), access(entry),
                        in_force ? "yes" : "no", from != nullptr ? place_of(*from) : "by hand"});
        exports.push_back(export_json(entry));
        auto &object = exports.back();
        object["in_force"] = in_force;
        object["ours"] = from != nullptr && from->ours;
        object["file"] = from != nullptr ? nlohmann::json(from->file.string()) : nlohmann::json();
        object["line"] = from != nullptr ? nlohmann::json(from->entry.line) : nlohmann::json();
    }
};

Result<Report> list(const Context &context) {
    const ExportsView view = view_exports(context);
    std::vector<const ConfiguredExport *> from(view.in_force ? view.in_force->size() : 0);
    Listing listing;
    for (const ConfiguredExport &each : view.configured)
        if (each.in_force)
            from[*each.in_force] = &each;
    for (std::size_t i = 0; i < from.size(); ++i)
        listing.add((*view.in_force)[i], from[i], true);
    for (const ConfiguredExport &each : view.configured)
        if (!each.in_force)
            listing.add(each.entry, &each, false);
    std::ranges::sort(listing.rows);

    Report report;
    report.text = listing.rows.empty()
                      ? "nothing is exported\n"
                      : table({"PATH", "CLIENTS", "PROTECTION", "ACCESS", "IN FORCE", "FROM"}, listing.rows);
    if (listing.plaintext > 0)
        report.text += "Warning: " + std::to_string(listing.plaintext) +
                       (listing.plaintext == 1 ? " export allows" : " exports allow") +
                       " mounts without TLS; see tlsctl export check\n";
    report.json = {{"exports", std::move(listing.exports)}, {"plaintext", listing.plaintext}};
    if (!view.faults.empty())
        report.error = view.faults.front();
    return report;
}

} // namespace

void add_export_list(Command parent, Context &context) {
    const Command command =
        add_command(parent, "list", "Who can mount what, with which protection",
                    "  tlsctl export list\n"
                    "  tlsctl export list --json | jq '.exports[] | select(.xprtsec | index(\"none\"))'\n");
    command.callback([&context] { context.selected = [&context] { return list(context); }; });
}

} // namespace rpctls::tlsctl
