// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "tlsctl/exports/export_findings.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

Result<Report> check(const Context &context) {
    const ExportsView view = view_exports(context);
    const auto findings = examine_exports(view, context);
    Report report;
    report.json["findings"] = nlohmann::json::array();
    for (const bool problem : {true, false})
        for (const ExportFinding &finding : findings) {
            if (finding.problem != problem)
                continue;
            report.text += (problem ? "problem: " : "note: ") + finding.what +
                           (finding.place.empty() ? "" : " (" + finding.place + ")") + "\n";
            if (!finding.hint.empty())
                report.text += "  hint: " + finding.hint + "\n";
            report.json["findings"].push_back({{"name", finding.name},
                                               {"severity", problem ? "problem" : "note"},
                                               {"what", finding.what},
                                               {"hint", finding.hint},
                                               {"path", finding.path},
                                               {"client", finding.client},
                                               {"place", finding.place}});
        }
    const bool good = std::ranges::none_of(findings, &ExportFinding::problem);
    const std::size_t count = view.in_force ? view.in_force->size() : view.configured.size();
    report.json["exports"] = count;
    report.json["good"] = good;
    report.exit = good ? Exit::done : Exit::no;
    if (good)
        report.text += std::to_string(count) + (count == 1 ? " export" : " exports") +
                       (count == 0 ? "\n" : ", all protected as they say\n");
    return report;
}

} // namespace

void add_export_check(Command parent, Context &context) {
    const Command command =
        add_command(parent, "check", "Whether some export is weaker or other than it seems",
                    "  tlsctl export check\n"
                    "  tlsctl export check --json | jq -r '.findings[] | .name + \" \" + .what'\n");
    command.callback([&context] { context.selected = [&context] { return check(context); }; });
}

} // namespace rpctls::tlsctl
