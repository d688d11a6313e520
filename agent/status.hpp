// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/expiry.hpp"
#include "agent/records.hpp"
#include "agent/reload.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace rpctls::agent {

/// How the agent stands at one moment, for status and metrics: a value.
struct AgentState {
    std::string version;
    int process = 0;
    tls::Time now{};
    tls::Time started{};
    Records::Totals totals;
    std::size_t in_flight = 0;
    std::size_t most_in_flight = 0;
    ReloadState reload;
    std::string configuration; ///< the settings file; empty: none
    std::vector<Error> faults; ///< what is configured and unusable
    std::vector<OwnCertificate> certificates;
    std::uint64_t log_withheld = 0; ///< entries about failures like others, told of in summaries
    std::uint64_t log_lost = 0;     ///< entries that the log would not take
    bool workers_stuck = false;
    bool kernel_takes_tags = false;
};

/// What "status" answers, without "ok" and the registrations; rpctlsd(8) lists the members.
nlohmann::json status_json(const AgentState &state);

/// Prometheus' text format; rpctlsd(8) lists the names.
std::string metrics_text(const AgentState &state);

} // namespace rpctls::agent
