// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/status_agent.hpp"

#include "tlsctl/cli/table.hpp"
#include "tlsctl/health/agent_report.hpp"

#include <nlohmann/json.hpp>

#include <cinttypes>
#include <cstdio>

namespace rpctls::tlsctl {

namespace {

using nlohmann::json;

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

std::vector<std::string> role_row(const json &agent, const char *role) {
    const json &own = member(agent, role);
    const json &latency = member(own, "latency_ms");
    return {role,
            json_words(member(own, "handshakes")),
            json_words(member(own, "failures")),
            milliseconds(member(latency, "p50")),
            milliseconds(member(latency, "p90")),
            milliseconds(member(latency, "p99")),
            milliseconds(member(latency, "max"))};
}

std::string reload_words(const json &reload) {
    const std::string outcome = json_words(member(reload, "outcome"));
    if (outcome.empty() || outcome == "none")
        return "not since the start";
    return outcome + " at " + json_words(member(reload, "at"));
}

} // namespace

std::string agent_words(const json &agent) {
    const std::string configuration = json_words(member(agent, "configuration"));
    std::string words = "rpctlsd " + json_words(member(agent, "version")) + ", process " +
                        json_words(member(agent, "pid")) + ", up " +
                        duration(number(member(agent, "uptime_s"))) + "\n" +
                        fields({{"settings", configuration.empty() ? "none, all defaults" : configuration},
                                {"reload", reload_words(member(agent, "reload"))},
                                {"under way", json_words(member(agent, "in_flight")) + " of at most " +
                                                  json_words(member(agent, "most_in_flight"))},
                                {"turned away", json_words(member(agent, "rejected"))}});
    words += "\n" + table({"ROLE", "COMPLETED", "FAILED", "P50 ms", "P90", "P99", "MAX"},
                          {role_row(agent, "client"), role_row(agent, "server")});
    if (const json &causes = member(agent, "causes"); causes.is_object() && !causes.empty()) {
        std::vector<std::vector<std::string>> rows;
        for (const auto &[cause, count] : causes.items())
            rows.push_back({cause, json_words(count)});
        words += "\n" + table({"FAILED FOR", "COUNT"}, rows);
    }
    if (const json &certificates = member(agent, "certificates");
        certificates.is_array() && !certificates.empty()) {
        std::vector<std::vector<std::string>> rows;
        for (const json &own : certificates)
            rows.push_back({json_words(member(own, "use")), json_words(member(own, "subject")),
                            json_words(member(own, "not_after")), json_words(member(own, "validity"))});
        words += "\n" + table({"CERTIFICATE", "SUBJECT", "ENDS", "STATE"}, rows);
    }
    return words;
}

} // namespace rpctls::tlsctl
