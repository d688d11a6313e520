// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/status.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/time_text.hpp"

#include <nlohmann/json.hpp>

namespace rpctls::agent {

namespace {

using nlohmann::json;

double milliseconds(Latency::Duration duration) {
    return static_cast<double>(duration.count()) / 1000.0;
}

json latency_json(const Latency &latency) {
    return {{"p50", milliseconds(latency.percentile(0.5))},
            {"p90", milliseconds(latency.percentile(0.9))},
            {"p99", milliseconds(latency.percentile(0.99))},
            {"max", milliseconds(latency.longest())}};
}

json role_json(const Records::RoleTotals &totals) {
    return {{"handshakes", totals.handshakes},
            {"failures", totals.failures},
            {"causes", totals.causes},
            {"latency_ms", latency_json(totals.latency)}};
}

} // namespace

json status_json(const AgentState &state) {
    json faults = json::array();
    for (const Error &fault : state.faults)
        faults.push_back(rpctls::to_json(fault));
    json certificates = json::array();
    for (const OwnCertificate &certificate : state.certificates)
        certificates.push_back(to_json(certificate, state.now));
    const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(state.now - state.started);
    return {
        {"version", state.version},
        {"pid", state.process},
        {"started", format_time(state.started)},
        {"uptime_s", uptime.count()},
        {"handshakes", state.totals.handshakes},
        {"failures", state.totals.failures},
        {"rejected", state.totals.rejected},
        {"causes", state.totals.causes},
        {"client", role_json(state.totals.client)},
        {"server", role_json(state.totals.server)},
        {"in_flight", state.in_flight},
        {"most_in_flight", state.most_in_flight},
        {"configuration", state.configuration},
        {"faults", std::move(faults)},
        {"certificates", std::move(certificates)},
        {"reload", to_json(state.reload)},
        {"reload_failure", state.reload.failure() ? rpctls::to_json(*state.reload.failure()) : json()},
        {"log", {{"withheld", state.log_withheld}, {"lost", state.log_lost}}},
        {"workers_stuck", state.workers_stuck},
        {"kernel_takes_tags", state.kernel_takes_tags},
    };
}

} // namespace rpctls::agent
