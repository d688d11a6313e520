// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/repair.hpp"

#include "rpc/base/program.hpp"
#include "rpc/base/text.hpp"

#include <algorithm>
#include <filesystem>

namespace rpctls::tlsctl {

namespace {

std::optional<Error> run(std::vector<std::string> command) {
    if (command.front() == "tlsctl")
        command.front() = "/proc/self/exe"; // this very program, wherever it is installed
    // Where systemd does not run, systemctl does something else, or nothing, and says that all is well.
    std::error_code ignored;
    if (command.front().ends_with("/systemctl") && !std::filesystem::exists("/run/systemd/system", ignored))
        return Error{Stage::kernel, "systemd-absent", "systemd does not run here"}.advise(
            "start it by what does");
    const auto ended = run_program(command, std::chrono::seconds(30));
    if (!ended)
        return ended.error();
    if (ended->status == 0)
        return std::nullopt;
    const std::string_view output = trimmed(ended->output);
    return Error{Stage::kernel, "repair-failed", "it ended with status " + std::to_string(ended->status)}
        .with("last line", std::string(output.substr(output.rfind('\n') + 1)));
}

} // namespace

std::vector<Repair> repair(const Findings &findings) {
    std::vector<Repair> done;
    for (const Finding &finding : findings) {
        if (finding.fix.empty() || finding.level == Level::pass ||
            std::ranges::any_of(done, [&](const Repair &known) { return known.command == finding.mend; }))
            continue;
        done.push_back({finding.name, finding.mend, run(finding.fix)});
    }
    return done;
}

} // namespace rpctls::tlsctl
