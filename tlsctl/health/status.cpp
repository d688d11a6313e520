// SPDX-License-Identifier: LGPL-2.1-or-later
// What the agent says of itself, and whether a person has something to do. Everything that it answers is checked: the
// socket may be another program's.
#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/table.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/text.hpp"
#include "rpc/client/agent_control.hpp"

#include <cinttypes>
#include <cstdio>

namespace rpctls::tlsctl {

namespace {

using nlohmann::json;

const json &member(const json &object, const char *key) {
    static const json nothing;
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found == object.end() ? nothing : *found;
}

std::string text(const json &value) {
    if (value.is_string())
        return printable(value.get<std::string>());
    return value.is_null() ? "" : value.dump(-1, ' ', true, json::error_handler_t::replace);
}

std::uint64_t number(const json &value) {
    return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

std::string duration(std::uint64_t seconds) {
    char words[64];
    if (seconds >= 86400)
        std::snprintf(words, sizeof words, "%" PRIu64 " d %" PRIu64 " h", seconds / 86400,
                      seconds % 86400 / 3600);
    else if (seconds >= 3600)
        std::snprintf(words, sizeof words, "%" PRIu64 " h %" PRIu64 " min", seconds / 3600,
                      seconds % 3600 / 60);
    else
        std::snprintf(words, sizeof words, "%" PRIu64 " min %" PRIu64 " s", seconds / 60, seconds % 60);
    return words;
}

std::string milliseconds(const json &value) {
    char words[32] = "";
    if (value.is_number())
        std::snprintf(words, sizeof words, "%.1f", value.get<double>());
    return words;
}

/// What needs a person, in the order of urgency. Failed handshakes do not: they may be the peers' fault, and the past.
std::vector<std::string> troubles(const json &agent) {
    std::vector<std::string> found;
    const auto add_error = [&](const std::string &before, const json &error) {
        if (const auto known = error_from_json(error))
            found.push_back(before + printable(summary(*known)) +
                            (known->hint.empty() ? "" : "\n    hint: " + printable(known->hint)));
    };
    if (member(agent, "workers_stuck") == true)
        found.push_back("a worker makes no progress\n    hint: restart the agent, and report its log");
    add_error("the last reload failed, older settings are in use: ",
              member(member(agent, "reload"), "failure"));
    if (const json &faults = member(agent, "faults"); faults.is_array())
        for (const json &fault : faults)
            add_error("unusable: ", fault);
    if (const json &certificates = member(agent, "certificates"); certificates.is_array())
        for (const json &own : certificates) {
            const std::string validity = text(member(own, "validity"));
            const bool is_over = validity == "expired" || validity == "not-yet-valid";
            if (!validity.empty() && validity != "good" && validity != "ends-in-30-days")
                found.push_back("the certificate of this host (" + text(member(own, "use")) + ") " +
                                (is_over ? "is " : "") + validity + ", valid " +
                                text(member(own, "not_before")) + " to " + text(member(own, "not_after")));
        }
    return found;
}

std::vector<std::string> role_row(const json &agent, const char *role) {
    const json &own = member(agent, role);
    const json &latency = member(own, "latency_ms");
    return {role,
            text(member(own, "handshakes")),
            text(member(own, "failures")),
            milliseconds(member(latency, "p50")),
            milliseconds(member(latency, "p90")),
            milliseconds(member(latency, "p99")),
            milliseconds(member(latency, "max"))};
}

std::string reload_words(const json &reload) {
    const std::string outcome = text(member(reload, "outcome"));
    if (outcome.empty() || outcome == "none")
        return "not since the start";
    return outcome + " at " + text(member(reload, "at"));
}

std::string describe(const json &agent, const std::vector<std::string> &found) {
    const std::string configuration = text(member(agent, "configuration"));
    std::string words =
        "rpctlsd " + text(member(agent, "version")) + ", process " + text(member(agent, "pid")) + ", up " +
        duration(number(member(agent, "uptime_s"))) + "\n" +
        fields({{"settings", configuration.empty() ? "none, all defaults" : configuration},
                {"reload", reload_words(member(agent, "reload"))},
                {"under way",
                 text(member(agent, "in_flight")) + " of at most " + text(member(agent, "most_in_flight"))},
                {"turned away", text(member(agent, "rejected"))}});
    words += "\n" + table({"ROLE", "COMPLETED", "FAILED", "P50 ms", "P90", "P99", "MAX"},
                          {role_row(agent, "client"), role_row(agent, "server")});
    if (const json &causes = member(agent, "causes"); causes.is_object() && !causes.empty()) {
        std::vector<std::vector<std::string>> rows;
        for (const auto &[cause, count] : causes.items())
            rows.push_back({cause, text(count)});
        words += "\n" + table({"FAILED FOR", "COUNT"}, rows);
    }
    if (const json &certificates = member(agent, "certificates");
        certificates.is_array() && !certificates.empty()) {
        std::vector<std::vector<std::string>> rows;
        for (const json &own : certificates)
            rows.push_back({text(member(own, "use")), text(member(own, "subject")),
                            text(member(own, "not_after")), text(member(own, "validity"))});
        words += "\n" + table({"CERTIFICATE", "SUBJECT", "ENDS", "STATE"}, rows);
    }
    words += found.empty() ? "\nall is well\n" : "\nneeds attention:\n";
    for (const std::string &trouble : found)
        words += "  " + trouble + "\n";
    return words;
}

Result<Report> status(const Context &context) {
    const auto socket =
        context.root == "/" ? client::agent_socket() : context.below_root("/run/rpctls/agent.sock");
    auto control = client::AgentControl::connect(socket);
    if (!control)
        return std::move(control).error();
    auto answer = control->report();
    if (!answer)
        return std::move(answer).error();
    Report report;
    answer->erase("ok");
    const auto found = troubles(*answer);
    report.text = describe(*answer, found);
    report.json["agent"] = std::move(*answer);
    report.json["socket"] = socket.string();
    report.json["well"] = found.empty();
    report.exit = found.empty() ? Exit::done : Exit::no;
    return report;
}

} // namespace

void add_status(Command parent, Context &context) {
    const Command command =
        add_command(parent, "status", "How the agent (rpctlsd) stands, and whether a person is needed",
                    "  tlsctl status\n"
                    "  tlsctl status --json | jq .agent.server.latency_ms\n"
                    "  tlsctl status >/dev/null || mail -s 'look at rpctlsd' root </dev/null\n");
    command.callback([&context] { context.selected = [&context] { return status(context); }; });
}

} // namespace rpctls::tlsctl
