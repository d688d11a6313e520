// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"
#include "tlsctl/cli/options.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace rpctls::tlsctl {

/// The exit codes that tlsctl(8) promises.
enum class Exit {
    done = 0,
    no = 1,          ///< it was looked at, and the answer is no (no TLS there, a fault was found)
    usage = 2,       ///< the command line makes no sense
    environment = 3, ///< no permission, no kernel support, no space
    bad_input = 4,   ///< a file or a value that was given is bad
};

/// The one place where an Error becomes an exit code.
Exit exit_for(const Error &error);

/// A command line that parses but asks for something that makes no sense; becomes Exit::usage.
Error usage_error(std::string what, std::string hint = {});

/// What a command has to say: the same for people and for programs. A command that found something bad and has more
/// to say than the Error (a probe's stages up to the failure) gives both; the exit code then follows from the error.
struct Report {
    std::string text; ///< for people, on standard output; ends in a newline
    nlohmann::json json = nlohmann::json::object();
    std::optional<Error> error{};
    Exit exit = Exit::done;
};

/// What every command gets from the command line around it.
struct Context {
    std::filesystem::path root =
        "/";           ///< --root: default paths lie below it; paths that were typed are as typed
    bool json = false; ///< --json; a command needs it only to leave progress output away
    /// Set by the subcommand that was named, run once the whole command line has been understood.
    std::function<Result<Report>()> selected{};

    /// A default path such as /etc/rpctls/ca, below the root.
    std::filesystem::path below_root(const std::filesystem::path &path) const;
};

/// Prints a report or an error where they belong (--json: one object on `out`, errors included) and gives the exit code.
Exit deliver(const Result<Report> &outcome, bool json, std::ostream &out, std::ostream &err);

/// A subcommand with its summary and the EXAMPLES that end its --help.
Command add_command(Command parent, const std::string &name, const std::string &summary,
                    std::string_view examples);

/// Adds a subcommand to `parent`; its options live as long as the App, and its callback sets context.selected.
/// `context` outlives the App. The folders' commands.hpp list them.
using AddCommand = void (*)(Command parent, Context &context);

/// For the functions of options that take one of a few words; ends the parsing with a usage error.
[[noreturn]] void reject_choice(const std::string &option, const std::string &value,
                                const std::string &choices);

} // namespace rpctls::tlsctl
