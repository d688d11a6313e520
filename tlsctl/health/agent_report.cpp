// SPDX-License-Identifier: LGPL-2.1-or-later
// What the agent says of itself. Everything that it answers is checked: the socket may be another program's.
#include "tlsctl/health/agent_report.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/text.hpp"
#include "rpc/client/agent_control.hpp"
#include "tlsctl/health/checks.hpp"

#include <nlohmann/json.hpp>

namespace rpctls::tlsctl {

namespace {

using nlohmann::json;

constexpr std::string_view link = "agent-state";

/// `before`, then what the agent's error says.
void add_error(Findings &findings, std::string name, const std::string &before, const json &error) {
    const auto known = error_from_json(error);
    if (!known)
        return;
    auto facts = known->facts;
    facts.push_back({"cause", known->name});
    findings.push_back(
        fault(Level::fail, link, std::move(name), before + known->what, std::move(facts), known->hint));
}

void add_certificate(Findings &findings, const json &own) {
    const std::string validity = json_words(member(own, "validity"));
    if (validity.empty() || validity == "good" || validity == "ends-in-30-days")
        return;
    const bool over = validity == "expired" || validity == "not-yet-valid";
    findings.push_back(fault(
        over ? Level::fail : Level::warn, link, over ? "certificate-" + validity : "certificate-ends-soon",
        "the certificate of this host (" + json_words(member(own, "use")) + ") " + (over ? "is " : "") +
            validity,
        {{"valid from", json_words(member(own, "not_before"))}, {"to", json_words(member(own, "not_after"))}},
        validity == "not-yet-valid" ? "timedatectl set-ntp true"
                                    : "renew it: tlsctl cert renew, tlsctl identity update"));
}

} // namespace

const json &member(const json &object, const char *key) {
    static const json nothing;
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found == object.end() ? nothing : *found;
}

std::string json_words(const json &value) {
    if (value.is_string())
        return printable(value.get<std::string>());
    return value.is_null() ? "" : value.dump(-1, ' ', true, json::error_handler_t::replace);
}

std::filesystem::path control_socket(const Context &context) {
    return context.root == "/" ? client::agent_socket() : context.below_root("/run/rpctls/agent.sock");
}

Findings judge_agent_report(const json &agent) {
    Findings findings;
    if (member(agent, "workers_stuck") == true)
        findings.push_back(fault(Level::fail, link, "agent-stuck", "a worker of the agent makes no progress",
                                 {}, "systemctl restart rpctlsd.service"));
    add_error(findings, "agent-reload-failed", "the last reload failed, older settings are in use: ",
              member(member(agent, "reload"), "failure"));
    if (const json &faults = member(agent, "faults"); faults.is_array())
        for (const json &one : faults)
            add_error(findings, "agent-unusable", "configured and unusable: ", one);
    if (const json &certificates = member(agent, "certificates"); certificates.is_array())
        for (const json &own : certificates)
            add_certificate(findings, own);
    return findings;
}

Findings examine_agent_state(const Examination &examination) {
    if (!examination.agent->has_value() ||
        (*examination.agent)->state == kernel::AgentPresence::State::absent || examination.agent_is_foreign())
        return {};
    auto control = client::AgentControl::connect(control_socket(examination.context));
    if (!control)
        return {finding_from(control.error(), link)};
    const auto answer = control->report();
    if (!answer)
        return {finding_from(answer.error(), link)};
    auto findings = judge_agent_report(*answer);
    if (findings.empty())
        findings.push_back(sound(link, "the agent is well",
                                 {{"version", json_words(member(*answer, "version"))},
                                  {"settings", json_words(member(*answer, "configuration"))}}));
    return findings;
}

} // namespace rpctls::tlsctl
