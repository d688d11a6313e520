// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/identities/identity_view.hpp"

#include "rpc/base/error_json.hpp"

#include <CLI/CLI.hpp>

namespace rpctls::tlsctl {

namespace {

Result<Report> list(const Context &context) {
    const keys::IdentityStore store(context.root);
    auto names = store.list();
    if (!names)
        return std::move(names).error();
    auto keyring = nfs_keyring(context);
    if (!keyring)
        return std::move(keyring).error();
    Report report;
    report.json["identities"] = nlohmann::json::array();
    std::vector<std::vector<std::string>> rows;
    for (const std::string &name : *names) {
        auto identity = view_identity(store, *keyring, name);
        if (!identity) {
            // One damaged identity must not hide the others; the exit code and the message tell of the first.
            rows.push_back({name, "(damaged: " + identity.error().name + ")"});
            rows.back().resize(6);
            report.json["identities"].push_back({{"name", name}, {"error", to_json(identity.error())}});
            if (!report.error)
                report.error = std::move(identity).error();
            continue;
        }
        const auto &leaf = identity->chain.front();
        const auto &serials = identity->serials;
        rows.push_back(
            {name, leaf.subject, leaf.names(),
             tls::format_time(leaf.not_after).substr(0, 10) + " (" + validity_words(leaf) + ")",
             short_fingerprint(leaf),
             serials ? std::to_string(serials->certificate) + " " + std::to_string(serials->private_key)
                     : ""});
        report.json["identities"].push_back(identity_json(*identity));
    }
    report.text = rows.empty() ? "no identities in " + store.directory().string() + "\n"
                               : table({"NAME", "SUBJECT", "NAMES", "EXPIRES", "SHA-256", "KEYS"}, rows);
    return report;
}

} // namespace

void add_identity_list(CLI::App &parent, Context &context) {
    CLI::App &command = add_command(parent, "list", "The identities of this host",
                                    "  tlsctl identity list\n"
                                    "  tlsctl identity list --json | jq -r '.identities[].name'\n");
    command.callback([&context] { context.selected = [&context] { return list(context); }; });
}

} // namespace rpctls::tlsctl
