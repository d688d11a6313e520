// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "tlsctl/exports/export_protection_option.hpp"
#include "tlsctl/exports/export_report.hpp"

#include <memory>

namespace rpctls::tlsctl {

void add_export_set(Command parent, Context &context) {
    const Command command =
        add_command(parent, "set", "Export a directory to clients, with TLS",
                    "  tlsctl export set /srv/data --clients 192.0.2.0/24\n"
                    "  tlsctl export set /srv/data --clients 192.0.2.0/24 fd00:77::/64 --options ro,sync\n"
                    "  tlsctl export set /srv/pub --clients '*' --xprtsec tls --options ro\n");
    const auto request = std::make_shared<ExportRequest>();
    command.add_option("PATH", request->path, "The directory").type_name(" ").required();
    command
        .add_option("--clients", request->clients,
                    "Who may mount it, and nobody else through this file: hosts, addresses, networks, "
                    "*.example, @netgroup, *")
        .type_name("SPEC")
        .required();
    add_protection(command, request->protection);
    command.add_option("--options", request->options, "All other options of exports(5)")
        .type_name("LIST")
        .capture_default_str();
    command.add_flag("--force", request->force, "Also while this host has no sound certificate as a server");
    command.callback([request, &context] {
        context.selected = [request, &context]() -> Result<Report> {
            auto change = set_export(*request, context);
            if (!change)
                return std::move(change).error();
            return export_report(*change, "exported");
        };
    });
}

} // namespace rpctls::tlsctl
