// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/command.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/tls/certificate.hpp"
#include "tlsctl/table.hpp"

#include <CLI/CLI.hpp>

namespace rpctls::tlsctl {

namespace {

Result<Report> list(const Context &context) {
    const keys::IdentityStore store(context.root);
    auto names = store.list();
    if (!names)
        return std::move(names).error();
    Report report;
    report.json["identities"] = nlohmann::json::array();
    std::vector<std::vector<std::string>> rows;
    for (const std::string &name : *names) {
        auto stored = store.load(name);
        if (!stored)
            return std::move(stored).error();
        auto chain = tls::parse_chain(as_bytes(stored->chain_pem), "identity " + name);
        if (!chain)
            return std::move(chain).error();
        const auto &leaf = chain->front();
        rows.push_back({name, leaf.subject, leaf.names(), tls::format_time(leaf.not_after)});
        report.json["identities"].push_back({{"name", name}, {"subject", leaf.subject}});
    }
    report.text = table({"NAME", "SUBJECT", "NAMES", "EXPIRES"}, rows);
    return report;
}

} // namespace

void add_identity_list(CLI::App &parent, Context &context) {
    CLI::App &command =
        add_command(parent, "list", "The identities of this host", "  tlsctl identity list\n");
    command.callback([&context] { context.selected = [&context] { return list(context); }; });
}

} // namespace rpctls::tlsctl
