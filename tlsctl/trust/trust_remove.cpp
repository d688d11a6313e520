// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "tlsctl/trust/trust_view.hpp"

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::optional<std::string> which;
    std::vector<tls::TrustRole> roles{tls::TrustRole::client, tls::TrustRole::server};
    bool all = false;
    bool to_system = false;
    bool system = false;
};

Result<Report> remove(const Options &options, const Context &context) {
    if (options.which.has_value() == (options.all || options.to_system))
        return usage_error(options.which ? "a certificate is named, and all are meant"
                                         : "it does not say which certificate",
                           "name one by its fingerprint or its name, or give --all or --to-system");
    if (options.system) {
        if (!options.which)
            return usage_error("--system takes one certificate", "see tlsctl trust list");
        auto change = remove_system_trust(*options.which, context);
        if (!change)
            return std::move(change).error();
        return system_trust_report(*change, "removed");
    }
    auto change = options.to_system ? return_to_system_trust(options.roles, context)
                                    : remove_trust(options.which, options.roles, context);
    if (!change)
        return std::move(change).error();
    return trust_report(*change, "removed");
}

} // namespace

void add_trust_remove(Command parent, Context &context) {
    const Command command =
        add_command(parent, "remove", "Trust a CA certificate no longer",
                    "  tlsctl trust remove 'Storage CA'\n"
                    "  tlsctl trust remove 5f3a9c01 --role server\n"
                    "  tlsctl trust remove --all --role client          nobody is trusted\n"
                    "  tlsctl trust remove --to-system --role client    whom the system trusts\n");
    const auto options = std::make_shared<Options>();
    command
        .add_option("CERTIFICATE", options->which,
                    "Its fingerprint or the beginning of that, its common name, or its subject")
        .type_name(" ");
    add_role(command, options->roles, "In which role; both (the default) where it is trusted");
    const Option all = command.add_flag("--all", options->all, "All: nobody is trusted afterwards");
    const Option back = command.add_flag("--to-system", options->to_system,
                                         "All, and trust what the system's trust store has instead");
    const Option system =
        command.add_flag("--system", options->system, "From the system's own trust store, one of ours");
    back.excludes(all);
    system.excludes(all).excludes(back).excludes(command.get_option("--role"));
    command.callback([options, &context] {
        context.selected = [options, &context] { return remove(*options, context); };
    });
}

} // namespace rpctls::tlsctl
