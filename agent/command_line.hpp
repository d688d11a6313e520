// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <variant>

namespace rpctls::agent {

struct CommandLine {
    std::optional<std::filesystem::path> config;
    std::filesystem::path runtime_directory = "/run/rpctls";
    std::optional<std::filesystem::path> metrics;
    bool standard_error = false;
    bool check = false;
    unsigned threads = 0; ///< 0: chosen by the number of processors
};

/// What was asked for, or the exit status when the program ends here (help, version, misuse: already printed).
std::variant<CommandLine, int> parse_command_line(int argc, char **argv);

} // namespace rpctls::agent
