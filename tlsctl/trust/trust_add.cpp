// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "tlsctl/trust/trust_view.hpp"

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::filesystem::path file;
    std::vector<tls::TrustRole> roles{tls::TrustRole::client};
    bool system = false;
    bool force = false;
};

Result<Report> add(const Options &options, const Context &context) {
    const auto text = read_file(options.file);
    if (!text)
        return text.error();
    if (!options.system) {
        auto change = add_trust(*text, options.file.string(), options.roles, context, options.force);
        if (!change)
            return std::move(change).error();
        return trust_report(*change, "added");
    }
    auto change = add_system_trust(*text, options.file.string(), context, options.force);
    if (!change)
        return std::move(change).error();
    Report report = system_trust_report(*change, "added");
    for (const tls::TrustRole role : {tls::TrustRole::client, tls::TrustRole::server})
        if (const auto source = find_trust(role, context);
            source && source->kind != TrustSource::Kind::system)
            report.text += "Note: as a " + std::string(to_string(role)) + " this host trusts " +
                           source->file.string() + " alone, not the system's store\n";
    return report;
}

} // namespace

void add_trust_add(Command parent, Context &context) {
    const Command command =
        add_command(parent, "add", "Trust the CA certificates of a file",
                    "  tlsctl trust add ca.pem                  servers that this host mounts from\n"
                    "  tlsctl trust add ca.pem --role server    clients that mount from this host\n"
                    "  tlsctl trust add ca.pem --role both\n"
                    "  tlsctl trust add ca.pem --system         every program of this host\n");
    const auto options = std::make_shared<Options>();
    command.add_option("FILE", options->file, "CA certificates, PEM or DER").type_name(" ").required();
    add_role(command, options->roles,
             "client (the default): to verify servers with; server: to verify clients with; both");
    const Option system =
        command.add_flag("--system", options->system, "Put them into the system's own trust store instead");
    system.excludes(command.get_option("--role"));
    command.add_flag("--force", options->force, "Take a certificate that has expired");
    command.callback(
        [options, &context] { context.selected = [options, &context] { return add(*options, context); }; });
}

} // namespace rpctls::tlsctl
