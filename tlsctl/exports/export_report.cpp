// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/exports/export_report.hpp"

#include "rpc/base/text.hpp"

namespace rpctls::tlsctl {

std::string protection_words(const kernel::ExportProtection &protection) {
    if (protection.none)
        return protection.tls || protection.mtls ? "plaintext or TLS" : "plaintext";
    return protection.only_mtls() ? "mutual TLS" : "TLS";
}

nlohmann::json export_json(const kernel::ExportEntry &entry) {
    // The pieces are views of it.
    const std::string words = entry.protection().words();
    auto modes = nlohmann::json::array();
    for (const std::string_view word : split(words, ':'))
        modes.push_back(word);
    return {{"path", printable(entry.path)},
            {"client", printable(entry.client)},
            {"xprtsec", std::move(modes)},
            {"options", entry.options}};
}

Report export_report(const ExportChange &change, const std::string &verb) {
    Report report;
    report.json = {{"path", printable(change.path)},     {"file", change.file.string()},
                   {"changed", change.changed},          {"applied", change.applied},
                   {"exports", nlohmann::json::array()}, {"notes", change.notes}};
    report.text = printable(change.path) + (change.changed ? " is " + verb : " is exported so already") +
                  " (" + change.file.string() + ")\n";
    for (const kernel::ExportEntry &entry : change.entries) {
        report.text += "  " + printable(entry.client) + ": " + protection_words(entry.protection()) + " (" +
                       printable(join(entry.options, ",")) + ")\n";
        report.json["exports"].push_back(export_json(entry));
    }
    if (change.changed && !change.applied)
        report.text += "Note: exportfs -r has to run in that system\n";
    for (const std::string &note : change.notes)
        report.text += "Note: " + note + "\n";
    return report;
}

} // namespace rpctls::tlsctl
