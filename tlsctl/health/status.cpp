// SPDX-License-Identifier: LGPL-2.1-or-later
// How things stand, on one screen, and whether a person has something to do: the agent, TLS mounts, the NFS server's
// clients, kTLS, identities. What could be wrong and is not in sight is the doctor's.
#include "tlsctl/cli/command.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/client/agent_control.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/health/agent_report.hpp"
#include "tlsctl/health/commands.hpp"
#include "tlsctl/health/own_certificates.hpp"
#include "tlsctl/health/status_agent.hpp"
#include "tlsctl/health/status_transports.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

using nlohmann::json;

/// An identity whose certificate ends within so many days needs a person.
constexpr long soon = 7;

Result<json> ask_agent(const Context &context) {
    auto control = client::AgentControl::connect(control_socket(context));
    if (!control)
        return std::move(control).error();
    auto answer = control->report();
    if (answer)
        answer->erase("ok");
    return answer;
}

/// Whether the agent has that certificate loaded, and so judges it itself.
bool agent_reports(const json &agent, const tls::CertificateInfo &certificate) {
    const json &certificates = member(agent, "certificates");
    return certificates.is_array() && std::ranges::any_of(certificates, [&](const json &own) {
               return json_words(member(own, "sha256")) == certificate.fingerprint;
           });
}

void add_identities(Report &report, Findings &findings, const Context &context) {
    Examination examination;
    examination.context = context;
    report.json["identities"] = json::array();
    std::vector<std::vector<std::string>> rows;
    for (const OwnCertificate &own : own_certificates(examination)) {
        const std::string name = own.certificate.parent_path().filename();
        if (!own.chain || own.chain->empty()) {
            if (!own.chain)
                findings.push_back(finding_from(own.chain.error(), "identities"));
            continue;
        }
        const tls::CertificateInfo &leaf = own.chain->front();
        const long days = days_left(leaf.not_after);
        rows.push_back({name, leaf.subject, format_time(leaf.not_after), validity_words(leaf)});
        report.json["identities"].push_back({{"name", name},
                                             {"subject", leaf.subject},
                                             {"not_after", format_time(leaf.not_after)},
                                             {"days_left", days}});
        if (days <= soon && !agent_reports(report.json["agent"], leaf))
            findings.push_back(fault(days < 0 ? Level::fail : Level::warn, "identities",
                                     days < 0 ? "certificate-expired" : "certificate-ends-soon",
                                     "the certificate of identity " + name + " is " + validity_words(leaf),
                                     {}, "renew it, then: tlsctl identity update " + name));
    }
    if (!rows.empty())
        report.text += "\n" + table({"IDENTITY", "SUBJECT", "ENDS", "STATE"}, rows);
}

/// The findings that need a person, for people and for programs.
void add_attention(Report &report, const Findings &findings) {
    report.json["attention"] = json::array();
    std::string words;
    for (const Finding &finding : findings) {
        if (finding.level == Level::unknown)
            continue;
        std::vector<std::string> facts;
        for (const Fact &fact : finding.facts)
            facts.push_back(printable(fact.key) + " " + printable(fact.value));
        words += "  " + printable(finding.what) + (facts.empty() ? "" : " (" + join(facts, "; ") + ")") +
                 "\n" + (finding.mend.empty() ? "" : "    hint: " + printable(finding.mend) + "\n");
        report.json["attention"].push_back(
            {{"name", finding.name}, {"what", finding.what}, {"mend", finding.mend}});
    }
    const bool well = words.empty() && !report.error;
    report.json["well"] = well;
    if (well)
        report.text += "\nall is well\n";
    else if (!words.empty())
        report.text += "\nneeds attention:\n" + words;
    report.exit = well ? Exit::done : Exit::no;
}

Result<Report> status(const Context &context) {
    Report report;
    Findings findings;
    report.json["socket"] = control_socket(context).string();
    report.json["agent"] = nullptr;
    if (auto agent = ask_agent(context)) {
        findings = judge_agent_report(*agent);
        report.text = agent_words(*agent);
        report.json["agent"] = std::move(*agent);
    } else {
        report.text = "no agent answers\n";
        report.error = std::move(agent).error();
    }
    if (context.root == "/") { // else the running kernel is not the one of that tree
        const Transports transports = look_at_transports();
        report.text += transports_words(transports);
        report.json.update(transports_json(transports));
    }
    add_identities(report, findings, context);
    add_attention(report, findings);
    return report;
}

} // namespace

void add_status(Command parent, Context &context) {
    const Command command =
        add_command(parent, "status", "How TLS stands on this host, and whether a person is needed",
                    "  tlsctl status\n"
                    "  tlsctl status --json | jq .agent.server.latency_ms\n"
                    "  tlsctl status --json | jq '.mounts[] | select(.xprtsec == \"none\") | .mount_point'\n"
                    "  tlsctl status >/dev/null || mail -s 'look at TLS' root </dev/null\n");
    command.callback([&context] { context.selected = [&context] { return status(context); }; });
}

} // namespace rpctls::tlsctl
