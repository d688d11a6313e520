// SPDX-License-Identifier: LGPL-2.1-or-later
// Each link of the chain from a name to a protected mount, looked at one by one.
#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/health/checks.hpp"
#include "tlsctl/health/commands.hpp"
#include "tlsctl/health/repair.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/text.hpp"

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::optional<std::string> role;
    std::optional<std::string> host;
    bool fix = false;
};

enum class Side { both, client, server };

/// A row of the chain. `live`: it is about the running system and no image can tell.
struct Link {
    const char *name;
    Side side;
    bool live;
    Findings (*examine)(const Examination &);
};

constexpr Link chain[] = {
    {"kernel", Side::both, true, examine_kernel},
    {"handshake", Side::both, true, examine_handshake},
    {"agent", Side::both, true, examine_agent},
    {"agent-state", Side::both, true, examine_agent_state},
    {"configuration", Side::both, false, examine_configuration},
    {"keyrings", Side::both, true, examine_keyrings},
    {"credentials", Side::both, false, examine_credentials},
    {"trust", Side::both, false, examine_trust},
    {"clock", Side::both, true, examine_clock},
    {"nfs-utils", Side::both, false, examine_nfs_utils},
    {"exports", Side::server, false, examine_exports},
    {"fstab", Side::client, false, examine_fstab},
    {"names", Side::server, true, examine_names},
    {"port", Side::server, true, examine_port},
    {"server", Side::client, true, examine_server},
};

Findings examine(const Examination &examination) {
    Findings all;
    for (const Link &link : chain) {
        const bool ours = link.side == Side::both ||
                          (link.side == Side::client && examination.roles.client) ||
                          (link.side == Side::server && examination.roles.server);
        if (!ours || (link.live && !examination.live()))
            continue;
        auto found = link.examine(examination);
        all.insert(all.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    }
    return all;
}

Examination prepare(const Options &options, const Context &context) {
    Examination examination = begin_examination(context, options.host);
    if (options.role)
        examination.roles = {*options.role == "client", *options.role == "server"};
    return examination;
}

nlohmann::json to_json(const Finding &finding) {
    nlohmann::json facts = nlohmann::json::object();
    for (const Fact &fact : finding.facts)
        facts[fact.key] = printable(fact.value);
    return {{"link", finding.link},
            {"level", to_string(finding.level)},
            {"name", finding.name.empty() ? nlohmann::json() : nlohmann::json(finding.name)},
            {"what", printable(finding.what)},
            {"facts", std::move(facts)},
            {"mend", finding.mend.empty() ? nlohmann::json() : nlohmann::json(printable(finding.mend))},
            {"fixable", !finding.fix.empty()}};
}

std::string to_text(const Finding &finding) {
    std::vector<std::string> facts;
    for (const Fact &fact : finding.facts)
        facts.push_back(fact.key + " " + fact.value);
    std::string level(to_string(finding.level));
    level.resize(8, ' ');
    std::string link = finding.link;
    link.resize(std::max<std::size_t>(14, link.size() + 1), ' ');
    std::string text = level + link + printable(finding.what);
    if (!facts.empty())
        text += " (" + printable(join(facts, "; ")) + ")";
    if (!finding.name.empty())
        text += " [" + finding.name + "]";
    text += "\n";
    if (!finding.mend.empty())
        text += std::string(22, ' ') + "mend: " + printable(finding.mend) + "\n";
    return text;
}

std::string role_words(Roles roles) {
    return roles.client && roles.server ? "client and server" : roles.server ? "server" : "client";
}

Report describe(const Examination &examination, const Findings &findings,
                const std::vector<Repair> &repairs) {
    Report report;
    const auto count = [&](Level level) {
        return std::count_if(findings.begin(), findings.end(),
                             [&](const auto &f) { return f.level == level; });
    };
    report.json["roles"] = nlohmann::json::array();
    if (examination.roles.client)
        report.json["roles"].push_back("client");
    if (examination.roles.server)
        report.json["roles"].push_back("server");
    report.json["findings"] = nlohmann::json::array();
    report.json["repairs"] = nlohmann::json::array();
    report.text = "this host as " + role_words(examination.roles) +
                  (examination.live() ? "" : ", an image: only its files are looked at") + "\n";
    for (const Repair &repair : repairs) {
        report.text += (repair.failure ? "tried   " : "did     ") + printable(repair.command) +
                       (repair.failure ? ": " + printable(summary(*repair.failure)) : "") + "\n";
        report.json["repairs"].push_back(
            {{"for", repair.finding},
             {"command", printable(repair.command)},
             {"error", repair.failure ? rpctls::to_json(*repair.failure) : nlohmann::json()}});
    }
    for (const Finding &finding : findings) {
        report.text += to_text(finding);
        report.json["findings"].push_back(to_json(finding));
    }
    for (const Level level : {Level::pass, Level::warn, Level::fail, Level::unknown})
        report.json["count"][std::string(to_string(level))] = count(level);
    report.text +=
        "\n" + std::to_string(count(Level::fail)) + " failed, " + std::to_string(count(Level::warn)) +
        " warned, " + std::to_string(count(Level::pass)) + " passed" +
        (count(Level::unknown) > 0 ? ", " + std::to_string(count(Level::unknown)) + " could not be seen"
                                   : "") +
        "\n";
    report.exit = count(Level::fail) > 0 ? Exit::no : Exit::done;
    return report;
}

Result<Report> doctor(const Options &options, const Context &context) {
    if (options.fix && context.root != "/")
        return usage_error("--fix works on the running system, not on an image", "leave --root out");
    auto examination = prepare(options, context);
    auto findings = examine(examination);
    std::vector<Repair> repairs;
    if (options.fix) {
        repairs = repair(findings);
        if (!repairs.empty()) { // what came of it is looked at, not believed
            examination = prepare(options, context);
            findings = examine(examination);
        }
    }
    return describe(examination, findings, repairs);
}

} // namespace

void add_doctor(Command parent, Context &context) {
    const Command command = add_command(
        parent, "doctor", "Each link of NFS over TLS on this host, and what mends the broken ones",
        "  tlsctl doctor\n"
        "  tlsctl doctor --host nfs1.example\n"
        "  tlsctl doctor --role server --json | jq -r '.findings[] | select(.level == \"fail\") | .name'\n"
        "  tlsctl doctor --fix\n");
    const auto options = std::make_shared<Options>();
    command
        .add_choice(
            "--role",
            [options](const std::string &word) {
                if (word != "client" && word != "server")
                    reject_choice("--role", word, "client, server");
                options->role = word;
            },
            "client or server; by default what this host is, by its mounts, fstab and exports")
        .type_name("ROLE");
    command.add_option("--host", options->host, "Look at the way to this server, too").type_name("SERVER");
    command.add_flag("--fix", options->fix, "Run the commands that are safe, then look again");
    command.callback([options, &context] {
        context.selected = [options, &context] { return doctor(*options, context); };
    });
}

} // namespace rpctls::tlsctl
