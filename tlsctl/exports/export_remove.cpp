// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "tlsctl/exports/export_report.hpp"

#include <memory>

namespace rpctls::tlsctl {

void add_export_remove(Command parent, Context &context) {
    const Command command =
        add_command(parent, "remove", "Export a directory no longer", "  tlsctl export remove /srv/data\n");
    const auto path = std::make_shared<std::filesystem::path>();
    command.add_option("PATH", *path, "One that tlsctl export set exported").type_name(" ").required();
    command.callback([path, &context] {
        context.selected = [path, &context]() -> Result<Report> {
            auto change = remove_export(*path, context);
            if (!change)
                return std::move(change).error();
            return export_report(*change, "exported no longer");
        };
    });
}

} // namespace rpctls::tlsctl
