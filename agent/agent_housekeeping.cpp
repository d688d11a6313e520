// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the agent does by the clock: metrics, summaries of what the log was spared, warnings of certificates that end.
#include "agent/agent.hpp"

#include "agent/metrics_file.hpp"

#include <systemd/sd-daemon.h>

#include <unistd.h>

#include <future>

namespace rpctls::agent {

namespace {

constexpr std::chrono::milliseconds last_page_time{500};

} // namespace

AgentState Agent::state() const {
    AgentState state;
    state.version = PACKAGE_VERSION;
    state.process = ::getpid();
    state.now = std::chrono::system_clock::now();
    state.started = started_;
    state.totals = records_.totals();
    state.in_flight = workers_->in_flight();
    state.most_in_flight = options_.most_in_flight;
    state.reload = reload_;
    state.configuration = snapshot_->settings().origin.string();
    state.faults = snapshot_->faults();
    state.certificates = own_certificates(*snapshot_);
    state.log_withheld = log_limit_.withheld();
    state.log_lost = log_.lost();
    state.kernel_takes_tags = source_->takes_tags();
    state.workers_stuck = watchdog_ && watchdog_->stuck();
    return state;
}

void Agent::start_watchdog() {
    watchdog_ = std::make_unique<Watchdog>(
        context_, static_cast<unsigned>(workers_->threads()), watchdog_interval(),
        [this](const std::function<void()> &task) { workers_->on_each(task); },
        [] { (void)sd_notify(0, "WATCHDOG=1"); },
        [this](bool stuck) {
            if (stuck)
                log_.write(Priority::error, "a worker makes no progress: its handshakes stand still");
            else
                log_.write(Priority::notice, "the worker makes progress again");
        });
    watchdog_->start();
}

void Agent::keep_house() {
    if (stopping_)
        return;
    write_log_summaries(log_limit_.summaries());
    warn_of_expiry();
    write_metrics_file();
    upkeep_.expires_after(upkeep_time);
    upkeep_.async_wait([this](const ErrorCode &cancelled) {
        if (!cancelled)
            keep_house();
    });
}

/// The last word; the page is waited for, but not for a disk that does not answer.
void Agent::end_housekeeping() {
    write_log_summaries(log_limit_.last_summaries());
    write_metrics_file();
    const auto done = std::make_shared<std::promise<void>>();
    background_.run([done] { done->set_value(); });
    (void)done->get_future().wait_for(last_page_time);
}

std::optional<std::filesystem::path> Agent::metrics_file() const {
    return options_.metrics ? options_.metrics : snapshot_->settings().metrics;
}

void Agent::warn_of_expiry() {
    for (const Error &warning : expiry_.due(own_certificates(*snapshot_), std::chrono::system_clock::now()))
        log_.write(Priority::warning, "", warning);
}

void Agent::write_log_summaries(const std::vector<LogLimit::Summary> &summaries) {
    for (const LogLimit::Summary &summary : summaries) {
        const std::vector<LogField> fields{{"RPCTLS_CAUSE", summary.cause},
                                           {"RPCTLS_PEER_ADDRESS", summary.peer},
                                           {"RPCTLS_COUNT", std::to_string(summary.count)}};
        log_.write(Priority::warning, text_of(summary), fields);
    }
}

void Agent::write_metrics_file() {
    const auto file = metrics_file();
    if (!file)
        return;
    background_.run([this, file = *file, page = metrics_text(state())] {
        const auto written = write_metrics(file, page);
        if (!written && !metrics_failed_)
            log_.write(Priority::warning, "", written.error());
        metrics_failed_ = !written;
    });
}

} // namespace rpctls::agent
