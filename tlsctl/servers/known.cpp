// SPDX-License-Identifier: LGPL-2.1-or-later
// tlsctl known list|forget: what servers have shown, by which xprtsec=auto notices less.
#include "tlsctl/cli/command.hpp"

#include "tlsctl/cli/table.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/client/known_servers.hpp"
#include "rpc/tls/certificate.hpp"

namespace rpctls::tlsctl {

namespace {

Result<Report> list(const Context &context) {
    const client::KnownServers record(context.root);
    std::size_t damaged = 0;
    const auto servers = record.list(damaged);
    if (!servers)
        return servers.error();
    Report report;
    report.json["servers"] = nlohmann::json::array();
    std::vector<std::vector<std::string>> rows;
    for (const client::KnownServer &server : *servers) {
        const std::string first = format_time(server.first);
        const std::string last = format_time(server.last);
        rows.push_back(
            {server.name, server.asks_certificate ? "TLS, asks for a certificate" : "TLS", first, last});
        report.json["servers"].push_back({{"name", server.name},
                                          {"asks_certificate", server.asks_certificate},
                                          {"first", first},
                                          {"last", last}});
    }
    report.json["damaged"] = damaged;
    report.text = rows.empty() ? "no server has been mounted with TLS yet\n"
                               : table({"SERVER", "SHOWN", "FIRST", "LAST"}, rows);
    if (damaged > 0)
        report.error = Error{Stage::input, "known-server-damaged", "records are damaged"}
                           .with("directory", record.directory().string())
                           .with("files", std::to_string(damaged))
                           .advise("find out who wrote them, then remove them");
    return report;
}

Result<Report> forget(const Context &context, const std::string &name) {
    const auto forgotten = client::KnownServers(context.root).forget(name);
    if (!forgotten)
        return forgotten.error();
    Report report;
    report.json = {{"server", name}, {"forgotten", *forgotten}};
    report.text = *forgotten ? "forgotten: " + printable(name) +
                                   "; the next mount with xprtsec=auto takes what it offers\n"
                             : printable(name) + " was not known\n";
    report.exit = *forgotten ? Exit::done : Exit::no;
    return report;
}

} // namespace

void add_known_list(Command parent, Context &context) {
    const Command command = add_command(parent, "list", "The servers that were mounted with TLS",
                                        "  tlsctl known list\n"
                                        "  tlsctl known list --json | jq -r '.servers[].name'\n");
    command.callback([&context] { context.selected = [&context] { return list(context); }; });
}

void add_known_forget(Command parent, Context &context) {
    const Command command = add_command(parent, "forget", "Let a server offer less than it did",
                                        "  tlsctl known forget nfs1.example.com\n");
    const auto name = std::make_shared<std::string>();
    command.add_option("SERVER", *name, "As it was mounted: a name or an address").required();
    command.callback(
        [&context, name] { context.selected = [&context, name] { return forget(context, *name); }; });
}

} // namespace rpctls::tlsctl
