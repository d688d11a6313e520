// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/program.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/certificates/commands.hpp"
#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/completion.hpp"
#include "tlsctl/exports/commands.hpp"
#include "tlsctl/health/commands.hpp"
#include "tlsctl/identities/commands.hpp"
#include "tlsctl/psks/commands.hpp"
#include "tlsctl/servers/commands.hpp"
#include "tlsctl/setup/commands.hpp"
#include "tlsctl/trust/commands.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <ostream>

namespace rpctls::tlsctl {

namespace {

/// The table of commands. Commands of a group with no name stand at the top: `tlsctl probe`.
struct Group {
    const char *name;
    const char *summary;
    std::vector<AddCommand> commands;
};

std::vector<Group> command_table() {
    return {
        {"", "", {add_doctor, add_probe, add_status}},
        {"setup", "All that a host needs, in one command", {add_setup_server, add_setup_client}},
        {"ca", "The certificate authority of a site", {add_ca_init, add_ca_show, add_ca_renew, add_ca_crl}},
        {"cert",
         "Certificates for servers and clients",
         {add_cert_issue, add_cert_request, add_cert_sign, add_cert_renew, add_cert_revoke, add_cert_show,
          add_cert_check}},
        {"export",
         "Directories that clients may mount, with TLS",
         {add_export_set, add_export_list, add_export_check, add_export_remove}},
        {"identity",
         "Named certificates and keys that mounts refer to",
         {add_identity_add, add_identity_list, add_identity_show, add_identity_update, add_identity_remove,
          add_identity_restore}},
        {"keyring", "The kernel's keyrings that handshakes take keys from", {add_keyring_show}},
        {"known",
         "What servers have shown, by which a downgrade is noticed",
         {add_known_list, add_known_forget}},
        {"psk",
         "Pre-shared keys, for NVMe/TCP and others",
         {add_psk_generate, add_psk_add, add_psk_list, add_psk_check, add_psk_remove, add_psk_restore}},
        {"trust",
         "CA certificates by which servers and clients are believed",
         {add_trust_add, add_trust_list, add_trust_remove}},
    };
}

void add_commands(CLI::App &app, Context &context) {
    for (const Group &group : command_table()) {
        CLI::App *parent = &app;
        if (*group.name != '\0') {
            parent = app.add_subcommand(group.name, group.summary);
            parent->require_subcommand(1);
        }
        for (const auto add : group.commands)
            add(Command(*parent), context);
    }
}

const CLI::App &deepest_named(const CLI::App &app) {
    const CLI::App *deepest = &app;
    while (!deepest->get_subcommands().empty())
        deepest = deepest->get_subcommands().front();
    return *deepest;
}

/// "tlsctl ca init" as far as the command line named commands, for the pointer to --help.
std::string named_command(const CLI::App &app) {
    const CLI::App &deepest = deepest_named(app);
    std::string words = deepest.get_name();
    for (const CLI::App *parent = deepest.get_parent(); parent != nullptr; parent = parent->get_parent())
        words = parent->get_name() + " " + words;
    return words;
}

/// CLI11 says only that a subcommand is missing, even when the word in its place was misspelt.
std::string what_is_wrong(const CLI::App &app, const CLI::ParseError &wrong) {
    const auto unknown = app.remaining(true);
    const bool needs_command = !deepest_named(app).get_subcommands({}).empty();
    if (dynamic_cast<const CLI::RequiredError *>(&wrong) == nullptr || !needs_command)
        return wrong.what();
    if (!unknown.empty())
        return "there is no command " + named_command(app) + " " + printable(unknown.front());
    return "a command is missing after " + named_command(app);
}

} // namespace

int run(std::vector<std::string> arguments, std::ostream &out, std::ostream &err) {
    Context context;
    CLI::App app("Credentials and diagnosis for RPC with TLS (RFC 9289) and NFS over TLS", "tlsctl");
    app.fallthrough(); // --json and --root may stand anywhere; subcommands inherit this
    app.require_subcommand(1);
    app.set_help_flag("-h,--help", "Print this help and exit");
    app.set_version_flag("--version", "tlsctl (" PACKAGE_NAME ") " PACKAGE_VERSION,
                         "Print the version and exit");
    app.add_flag("--json", context.json, "Print one JSON object instead of text");
    app.add_option("--root", context.root, "Keep default paths below this directory (images, tests)")
        ->type_name("DIR");
    app.footer("See tlsctl(8), and tlsctl COMMAND --help.");
    add_commands(app, context);

    // For the shells' completion, and no command of its own: nobody types it.
    if (!arguments.empty() && arguments.front() == "__complete") {
        print_completion(app, {arguments.begin() + 1, arguments.end()}, out);
        return static_cast<int>(Exit::done);
    }
    const bool json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
    std::reverse(arguments.begin(), arguments.end()); // CLI11 takes them from the back
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::Success &asked) { // --help, --version
        return app.exit(asked, out, err);
    } catch (const CLI::ParseError &wrong) {
        const Error error = usage_error(what_is_wrong(app, wrong), named_command(app) + " --help");
        return static_cast<int>(deliver(error, json, out, err));
    }
    return static_cast<int>(deliver(context.selected(), context.json, out, err));
}

} // namespace rpctls::tlsctl
