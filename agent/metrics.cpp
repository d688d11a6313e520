// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/status.hpp"

#include <cstdio>

namespace rpctls::agent {

namespace {

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6f", value);
    return text;
}

std::string seconds(tls::Time time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

double seconds(Latency::Duration duration) {
    return static_cast<double>(duration.count()) / 1e6;
}

/// A label's value: a subject may hold anything.
std::string label_value(std::string_view value) {
    std::string text = "\"";
    for (const char c : value) {
        if (c == '\\' || c == '"')
            text += '\\';
        if (c == '\n')
            text += "\\n";
        else
            text += c;
    }
    return text + "\"";
}

class Page {
public:
    void metric(const char *name, const char *type, const char *help) {
        text_ += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
    }
    void sample(const std::string &name, const std::string &labels, const std::string &value) {
        text_ += name + (labels.empty() ? "" : "{" + labels + "}") + " " + value + "\n";
    }
    void sample(const std::string &name, const std::string &labels, std::uint64_t value) {
        sample(name, labels, std::to_string(value));
    }
    /// A metric with one sample.
    void single(const char *name, const char *type, const char *help, const std::string &value) {
        metric(name, type, help);
        sample(name, "", value);
    }
    std::string text() && { return std::move(text_); }

private:
    std::string text_;
};

void duration(Page &page, const char *role, const Latency &latency) {
    const std::string name = "rpctls_handshake_duration_seconds";
    const std::string label = std::string("role=\"") + role + "\"";
    for (std::size_t i = 0; i < Latency::bounds.size(); ++i)
        page.sample(name + "_bucket", label + ",le=\"" + number(seconds(Latency::bounds[i])) + "\"",
                    latency.at_most(i));
    page.sample(name + "_bucket", label + ",le=\"+Inf\"", latency.count());
    page.sample(name + "_sum", label, number(seconds(latency.sum())));
    page.sample(name + "_count", label, latency.count());
}

} // namespace

std::string metrics_text(const AgentState &state) {
    const Records::Totals &totals = state.totals;
    Page page;
    page.metric("rpctls_agent_info", "gauge", "The agent that wrote this.");
    page.sample("rpctls_agent_info", "version=" + label_value(state.version), 1);
    page.single("rpctls_agent_start_time_seconds", "gauge", "When the agent was started.",
                seconds(state.started));
    page.single("rpctls_agent_write_time_seconds", "gauge",
                "When this was written: an agent that is gone writes no more.", seconds(state.now));

    page.metric("rpctls_handshakes_total", "counter", "Handshakes completed.");
    page.sample("rpctls_handshakes_total", "role=\"client\"", totals.client.handshakes);
    page.sample("rpctls_handshakes_total", "role=\"server\"", totals.server.handshakes);
    page.metric("rpctls_handshake_failures_total", "counter",
                "Handshakes failed, by cause; role=\"\" for requests that could not be taken.");
    Records::Causes elsewhere = totals.causes;
    for (const auto &[role, own] :
         {std::pair("client", &totals.client.causes), std::pair("server", &totals.server.causes)})
        for (const auto &[cause, count] : *own) {
            page.sample("rpctls_handshake_failures_total",
                        std::string("role=\"") + role + "\",cause=" + label_value(cause), count);
            elsewhere[cause] -= count;
        }
    for (const auto &[cause, count] : elsewhere)
        if (count > 0)
            page.sample("rpctls_handshake_failures_total", "role=\"\",cause=" + label_value(cause), count);
    page.single("rpctls_handshakes_rejected_total", "counter",
                "Requests turned away for a limit of the agent's; failures, too.",
                std::to_string(totals.rejected));
    page.metric("rpctls_handshake_duration_seconds", "histogram",
                "Time from the kernel's request to the answer, of handshakes completed.");
    duration(page, "client", totals.client.latency);
    duration(page, "server", totals.server.latency);
    page.single("rpctls_handshakes_in_flight", "gauge", "Handshakes under way.",
                std::to_string(state.in_flight));
    page.single("rpctls_handshakes_in_flight_limit", "gauge", "How many may be under way.",
                std::to_string(state.most_in_flight));

    page.metric("rpctls_reloads_total", "counter", "Reloads of settings and credentials.");
    page.sample("rpctls_reloads_total", "outcome=\"ok\"", state.reload.successes());
    page.sample("rpctls_reloads_total", "outcome=\"failed\"", state.reload.failures());
    page.single("rpctls_reload_failed", "gauge",
                "1 when the last reload failed and older settings are in use.",
                state.reload.failure() ? "1" : "0");
    if (state.reload.last())
        page.single("rpctls_reload_time_seconds", "gauge", "When the last reload ended.",
                    seconds(*state.reload.last()));
    page.single("rpctls_faults", "gauge", "Things that are configured and unusable.",
                std::to_string(state.faults.size()));
    page.metric("rpctls_certificate_not_after_seconds", "gauge", "When a certificate of this host ends.");
    for (const OwnCertificate &own : state.certificates)
        page.sample("rpctls_certificate_not_after_seconds",
                    "use=" + label_value(own.use) + ",subject=" + label_value(own.subject),
                    seconds(own.not_after));
    page.metric("rpctls_certificate_not_before_seconds", "gauge", "When it begins.");
    for (const OwnCertificate &own : state.certificates)
        page.sample("rpctls_certificate_not_before_seconds",
                    "use=" + label_value(own.use) + ",subject=" + label_value(own.subject),
                    seconds(own.not_before));
    page.single("rpctls_log_withheld_total", "counter", "Log entries told of in summaries only.",
                std::to_string(state.log_withheld));
    page.single("rpctls_log_lost_total", "counter", "Log entries that the log would not take.",
                std::to_string(state.log_lost));
    page.single("rpctls_workers_stuck", "gauge", "1 when a worker makes no progress.",
                state.workers_stuck ? "1" : "0");
    return std::move(page).text();
}

} // namespace rpctls::agent
