// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The process model. One process, no fork. The reception's thread ACCEPTs every request the moment it is announced,
// because the kernel keeps only a handful pending, and passes it to the main thread. The main thread runs one event loop:
// it owns the signals, the control socket, the current snapshot and the registrations; it decides what a request amounts
// to and gives it to one of a few worker threads. A worker runs an event loop of its own with many handshakes on it; none
// of them ever blocks it, so a peer that says nothing costs memory until its deadline and no more. A worker reports the
// outcome (DONE) itself. What reads and writes files (reload, loading an identity, metrics) runs on one more thread, and
// its result is installed by the main thread. Snapshots are immutable and shared: a handshake ends with the one it began
// with.
//
// SIGHUP and changed files reload, all or nothing (agent_reload.cpp). SIGTERM leaves the kernel's group, so that no
// request comes any more, gives those under way half a second to end, reports the rest as failed and ends the process
// within a second. Where the service manager keeps our socket for a successor, the group is not left: the kernel goes on
// queueing, and the successor takes what waits.
#include "agent/agent.hpp"

#include "agent/audit.hpp"
#include "agent/listener_store.hpp"
#include "agent/outcome.hpp"
#include "agent/peer_address.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/kernel/nfsd.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>

namespace rpctls::agent {

Agent::Agent(AgentOptions options, const Log &log, std::unique_ptr<RequestSource> source,
             std::shared_ptr<const Snapshot> snapshot, PrimeKtls prime)
    : options_(std::move(options)), log_(log), source_(std::move(source)), snapshot_(std::move(snapshot)),
      registrations_(options_.runtime_directory / "servers.json"), context_(1),
      signals_(context_, SIGTERM, SIGINT, SIGHUP), drain_(context_), upkeep_(context_),
      // Programs are not to take what the kernel's requests need.
      service_(context_, std::max<std::size_t>(options_.most_in_flight / 4, 1), options_.attach_ktls,
               [this](const Report &report) { record(report); }),
      admission_(options_.most_in_flight, options_.most_for_a_peer),
      silent_peers_(kernel::nfsd_threads,
                    [this](const std::string &peer) { return admission_.crowded(peer); }),
      workers_(std::make_unique<Workers>(options_.threads, std::move(prime), silent_peers_,
                                         [this](kernel::HandshakeRequest request, Report report) {
                                             finished(std::move(request), std::move(report));
                                         })),
      reception_(
          *source_, log_,
          [this](kernel::HandshakeRequest request) {
              // Asio's handlers may have to be copied; a request cannot.
              auto shared = std::make_shared<kernel::HandshakeRequest>(std::move(request));
              asio::post(context_, [this, shared] { take(std::move(*shared)); });
          },
          [this](const Error &failure) {
              records_.count_failure(failure);
              if (log_limit_.admit(failure.name, ""))
                  log_.write(Priority::error, "", failure);
          }) {}

Agent::~Agent() = default;

Status Agent::start() {
    if (auto opened = open_control(); !opened) {
        if (opened.error().name == "agent-already-running")
            return opened;
        log_.write(Priority::warning, "running without a control socket: ", opened.error());
    }
    if (auto joined = source_->join(); !joined)
        return joined;
    wait_for_signal();
    if (auto started = reception_.start(); !started)
        return started;
    start_watching();
    keep_house();
    start_watchdog();
    successor_ = keep_listener(source_->notification_fd(), options_.listener_was_kept);
    (void)sd_notify(0, "READY=1\nSTATUS=waiting for handshake requests");
    return {};
}

Status Agent::open_control() {
    if (auto made = make_directory(options_.runtime_directory, 0755); !made)
        return made;
    auto opened =
        ControlServer::open(context_, options_.runtime_directory / "agent.sock",
                            [this](ControlServer::Message message) { control(std::move(message)); });
    if (!opened)
        return std::move(opened).error();
    control_ = std::move(*opened);
    auto loaded = Registrations::load(options_.runtime_directory / "servers.json");
    if (loaded)
        registrations_ = std::move(*loaded);
    else
        log_.write(Priority::warning, "starting without the registered identities: ", loaded.error());
    return {};
}

void Agent::run() {
    context_.run();
    control_.reset(); // before anything can hold us up: what programs have lent us is ended
    end_housekeeping();
}

void Agent::stop() {
    asio::post(context_, [this] { begin_stop(); });
}

void Agent::wait_for_signal() {
    signals_.async_wait([this](const ErrorCode &failed, int number) {
        if (failed)
            return;
        if (number == SIGHUP)
            reload(ReloadReason::asked);
        else
            begin_stop();
        wait_for_signal();
    });
}

void Agent::take(kernel::HandshakeRequest request) {
    Work work;
    work.peer_address = peer_address(request.socket.get());
    work.snapshot = snapshot_;
    const std::string server = request.peer_name.empty() ? work.peer_address : request.peer_name;
    const auto refuse = [&](Error failure) {
        Report report;
        report.role = request.type == kernel::MessageType::server_hello ? Role::server : Role::client;
        report.peer_name = request.peer_name;
        report.peer_address = work.peer_address;
        report.asked = request.auth_mode;
        report.failure = std::move(failure);
        finished(std::move(request), std::move(report));
    };
    if (aborting_)
        return refuse(agent_stopping());
    work.peer_group = peer_group(work.peer_address);
    auto place = admission_.admit(work.peer_group);
    if (!place)
        return refuse(std::move(place).error());
    work.place = std::move(*place);
    auto plan = make_plan(request, work.peer_address, registrations_.find(server));
    if (!plan)
        return refuse(std::move(plan).error());
    work.plan = std::move(*plan);
    work.request = std::move(request);
    workers_->start(std::move(work));
}

/// On a worker's thread, or on the main one for requests that were never begun.
void Agent::finished(kernel::HandshakeRequest request, Report report) {
    kernel::HandshakeOutcome outcome;
    if (report.failure)
        outcome.status = status_for(*report.failure);
    else if (report.facts && report.facts->peer_authenticated) {
        outcome.remote_auth = {report.peer_key != 0 ? report.peer_key : options_.proof};
        outcome.tags = report.facts->tags;
    }
    // Before the kernel hears of it: who waits for the mount asks why as soon as it fails.
    keep_for_mounts(report);
    auto told = source_->done(std::move(request), outcome);
    if (!told && !report.failure) {
        report.failure = std::move(told).error();
        keep_for_mounts(report);
    }
    record(report);
}

void Agent::keep_for_mounts(const Report &report) {
    if (report.role != Role::client)
        return;
    const std::string &server = report.peer_name.empty() ? report.peer_address : report.peer_name;
    if (report.failure)
        records_.remember(server, *report.failure);
    else
        records_.forget(server);
}

/// On any thread.
void Agent::record(const Report &report) {
    if (report.failure)
        records_.count_failure(report.role, *report.failure);
    else
        records_.count_success(report.role, report.duration);
    if (report.failure && !log_limit_.admit(report.failure->name, report.peer_address))
        return;
    const AuditEntry entry = audit_entry(report);
    log_.write(entry.priority, entry.message, entry.fields);
}

void Agent::begin_stop() {
    if (stopping_)
        return;
    stopping_ = true;
    (void)sd_notify(0, "STOPPING=1");
    watchdog_->stop();
    if (control_)
        control_->stop();
    reception_.stop(successor_);
    stop_begun_ = std::chrono::steady_clock::now();
    // Behind the last requests that the reception has handed over.
    asio::post(context_, [this] { drain(); });
}

void Agent::drain() {
    const auto waited = std::chrono::steady_clock::now() - stop_begun_;
    if (workers_->in_flight() == 0 || waited >= drain_time) {
        // Behind the answers to programs that the workers have left here.
        asio::post(context_, [this] { context_.stop(); });
        return;
    }
    if (waited >= grace_time && !std::exchange(aborting_, true))
        workers_->abort(agent_stopping());
    drain_.expires_after(std::chrono::milliseconds(5));
    drain_.async_wait([this](const ErrorCode &) { drain(); });
}

} // namespace rpctls::agent
