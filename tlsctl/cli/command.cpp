// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/text.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <cerrno>
#include <ostream>

namespace rpctls::tlsctl {

namespace {

bool is_denied(int number) {
    return number == EACCES || number == EPERM;
}

bool is_environment(int number) {
    if (is_denied(number))
        return true;
    switch (number) {
    case EROFS:
    case ENOSPC:
    case EDQUOT:
    case ENOSYS:
    case ENOMEM:
    case EIO:
        return true;
    default:
        return false;
    }
}

} // namespace

Exit exit_for(const Error &error) {
    switch (error.stage) {
    case Stage::input:
    case Stage::config:
        if (error.name == "usage")
            return Exit::usage;
        return is_environment(error.system_errno) ? Exit::environment : Exit::bad_input;
    case Stage::keyring:
        // A name that does not exist, or does already, is the caller's; everything else is the kernel's answer.
        return error.name.starts_with("identity-") ? Exit::bad_input : Exit::environment;
    case Stage::kernel:
        return Exit::environment;
    case Stage::verify:
        return error.name == "key-mismatch" ? Exit::bad_input : Exit::no;
    case Stage::resolve:
    case Stage::connect:
    case Stage::probe:
    case Stage::handshake:
    case Stage::rpc:
    case Stage::mount:
        return Exit::no;
    }
    return Exit::no;
}

Error usage_error(std::string what, std::string hint) {
    return Error{Stage::input, "usage", std::move(what)}.advise(std::move(hint));
}

std::filesystem::path Context::below_root(const std::filesystem::path &path) const {
    return root / path.relative_path();
}

Exit deliver(const Result<Report> &outcome, bool json, std::ostream &out, std::ostream &err) {
    std::optional<Error> error = outcome ? outcome->error : std::optional(outcome.error());
    if (error && error->hint.empty() && is_denied(error->system_errno) && ::geteuid() != 0)
        error->hint = "run as root";
    if (json) {
        nlohmann::json object = outcome ? outcome->json : nlohmann::json::object();
        if (error)
            object["error"] = to_json(*error);
        // Names come from certificates, and these from anywhere: what is not UTF-8 is replaced, never thrown on.
        out << object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    } else if (outcome) {
        out << outcome->text;
    }
    out.flush();
    if (error)
        err << message("tlsctl", *error);
    // A full disk or a closed pipe must not look like success.
    if (!out)
        return Exit::environment;
    return error ? exit_for(*error) : outcome->exit;
}

Command add_command(Command parent, const std::string &name, const std::string &summary,
                    std::string_view examples) {
    CLI::App *command = parent.app().add_subcommand(name, summary);
    command->footer("EXAMPLES\n" + std::string(examples) +
                    "\nEvery command takes --json and --root DIR as well; see tlsctl --help and tlsctl(8).");
    return Command(*command);
}

void reject_choice(const std::string &option, const std::string &value, const std::string &choices) {
    throw CLI::ValidationError(option, printable(value) + " is none of " + choices);
}

} // namespace rpctls::tlsctl
