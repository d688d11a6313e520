// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/admission.hpp"
#include "agent/asio.hpp"
#include "agent/background.hpp"
#include "agent/control.hpp"
#include "agent/file_watch.hpp"
#include "agent/handshake.hpp"
#include "agent/log.hpp"
#include "agent/log_limit.hpp"
#include "agent/reception.hpp"
#include "agent/records.hpp"
#include "agent/registrations.hpp"
#include "agent/reload.hpp"
#include "agent/request_source.hpp"
#include "agent/service.hpp"
#include "agent/silent_peers.hpp"
#include "agent/snapshot.hpp"
#include "agent/status.hpp"
#include "agent/watchdog.hpp"
#include "agent/workers.hpp"

#include "rpc/keys/keyring.hpp"

#include <nlohmann/json_fwd.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::agent {

struct UseIdentity;

struct AgentOptions {
    std::optional<std::filesystem::path> config;
    std::filesystem::path root = "/";
    std::filesystem::path runtime_directory = "/run/rpctls";
    unsigned threads = 2;
    std::size_t most_in_flight = 1024;
    std::size_t most_for_a_peer = 256;
    /// For the node exporter; [agent] metrics= when absent.
    std::optional<std::filesystem::path> metrics;
    /// Reported as REMOTE_AUTH for a peer that proved an identity: any key's serial, see rpctlsd(8).
    keys::Serial proof = 1;
    bool listener_was_kept = false; ///< the source's socket comes from the service manager's store
    /// attach_ktls in production; tests on kernels without kTLS put something else here.
    Service::AttachKtls attach_ktls = tls::attach_ktls;
};

/// The agent's main loop. The process model stands in agent.cpp.
class Agent {
public:
    Agent(AgentOptions options, const Log &log, std::unique_ptr<RequestSource> source,
          std::shared_ptr<const Snapshot> snapshot, PrimeKtls prime);
    ~Agent();

    /// Opens the control socket (a fault there is logged, handshakes matter more; except agent-already-running) and
    /// joins the kernel's group.
    Status start();
    /// Until SIGTERM, SIGINT or stop().
    void run();
    /// Any thread.
    void stop();

    const Records &records() const { return records_; }
    std::size_t in_flight() const { return workers_->in_flight(); }

private:
    /// Those under way may end by themselves for so long; then they are reported as failed.
    static constexpr std::chrono::milliseconds grace_time{500};
    static constexpr std::chrono::milliseconds drain_time{900};
    static constexpr std::chrono::seconds upkeep_time{15};

    Status open_control();
    void wait_for_signal();
    void take(kernel::HandshakeRequest request);
    void finished(kernel::HandshakeRequest request, Report report);
    void keep_house();
    void start_watchdog();
    void end_housekeeping();
    void warn_of_expiry();
    void write_log_summaries(const std::vector<LogLimit::Summary> &summaries);
    void write_metrics_file();
    std::optional<std::filesystem::path> metrics_file() const;
    AgentState state() const;
    void record(const Report &report);
    void keep_for_mounts(const Report &report);
    void start_watching();
    std::vector<std::filesystem::path> watch_files(const tls::Settings &settings);
    void reload(ReloadReason reason);
    bool read_the_rest(Fresh &fresh);
    void install(Fresh fresh);
    void begin_stop();
    void drain();

    void control(ControlServer::Message message);
    void use_identity(UseIdentity request, ControlServer::Answer answer);
    nlohmann::json status() const;

    AgentOptions options_;
    const Log &log_;
    std::unique_ptr<RequestSource> source_;
    std::shared_ptr<const Snapshot> snapshot_; ///< the main thread's; handshakes hold their own reference
    Records records_;
    LogLimit log_limit_;
    ExpiryWarnings expiry_;
    const tls::Time started_ = std::chrono::system_clock::now();
    bool metrics_failed_ = false; ///< the background's
    Registrations registrations_;
    ReloadState reload_;
    bool stopping_ = false;
    bool aborting_ = false;  ///< no more grace
    bool successor_ = false; ///< our place in the kernel's group is kept while the agent starts anew
    std::chrono::steady_clock::time_point stop_begun_{};

    asio::io_context context_;
    asio::signal_set signals_;
    asio::steady_timer drain_;
    asio::steady_timer upkeep_;
    std::unique_ptr<Watchdog> watchdog_;
    std::unique_ptr<FileWatch> watch_;
    std::set<std::filesystem::path> watched_;
    Service service_;
    std::unique_ptr<ControlServer> control_;
    Background background_;
    Admission admission_;
    SilentPeers silent_peers_;
    std::unique_ptr<Workers> workers_; ///< its threads use what stands above
    Reception reception_;              ///< so does its thread
};

} // namespace rpctls::agent
