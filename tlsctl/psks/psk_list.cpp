// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/keys/keyring_contents.hpp"
#include "rpc/keys/psk.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/psks/psk_view.hpp"

#include <set>

namespace rpctls::tlsctl {

namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string serials_text(const PskView &view) {
    std::string text;
    if (view.found)
        for (const auto serial : view.found->serials)
            text += (text.empty() ? "" : " ") + std::to_string(serial);
    return text;
}

/// Those that nvme-cli put there, or somebody else.
Status add_others(PskKeyrings &keyrings, const std::set<keys::Serial> &ours, Report &report, Rows &rows) {
    const auto keyring = keyrings.find(nvme_keyring);
    if (!keyring)
        return keyring.error();
    if (!*keyring)
        return {};
    for (const keys::Serial serial : keys::keyring_contents(**keyring)) {
        const auto key = ours.contains(serial) ? std::nullopt : keys::describe_key(serial);
        if (!key || key->type != keys::nvme_psk_type)
            continue;
        rows.push_back({key->description, key->type, "", nvme_keyring, std::to_string(serial), "not stored"});
        report.json["psks"].push_back({{"identity", key->description},
                                       {"type", key->type},
                                       {"keyring", nvme_keyring},
                                       {"stored", false},
                                       {"state", "on the keyring"},
                                       {"serials", {serial}}});
    }
    return {};
}

Result<Report> list(const Context &context) {
    const keys::PskStore store(context.root);
    const auto entries = store.list();
    if (!entries)
        return entries.error();
    PskKeyrings keyrings(context);
    Report report;
    report.json["psks"] = nlohmann::json::array();
    Rows rows;
    std::set<keys::Serial> ours;
    for (const auto &entry : *entries) {
        if (!entry.record) { // one damaged file must not hide the others
            rows.push_back(
                {"(damaged: " + entry.file.string() + ")", "", "", "", "", entry.record.error().name});
            report.json["psks"].push_back(
                {{"file", entry.file.string()}, {"stored", true}, {"error", to_json(entry.record.error())}});
            if (!report.error)
                report.error = entry.record.error();
            continue;
        }
        const auto view = view_psk(*entry.record, keyrings);
        if (!view)
            return view.error();
        if (view->found)
            ours.insert(view->found->serials.begin(), view->found->serials.end());
        rows.push_back({entry.record->identity, std::string(keys::to_string(entry.record->layout)),
                        hash_of(*entry.record), entry.record->keyring, serials_text(*view), view->state()});
        report.json["psks"].push_back(psk_json(entry, *view));
    }
    if (auto added = add_others(keyrings, ours, report, rows); !added)
        return std::move(added).error();
    report.text = rows.empty() ? "no pre-shared keys in " + store.directory().string() + "\n"
                               : table({"IDENTITY", "TYPE", "HASH", "KEYRING", "KEYS", "STATE"}, rows);
    return report;
}

} // namespace

void add_psk_list(Command parent, Context &context) {
    const Command command = add_command(parent, "list", "The pre-shared keys of this host",
                                        "  tlsctl psk list\n"
                                        "  tlsctl psk list --json | jq -r '.psks[].identity'\n");
    command.callback([&context] { context.selected = [&context] { return list(context); }; });
}

} // namespace rpctls::tlsctl
