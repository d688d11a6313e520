// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpc/server/acceptor.hpp"
#include "rpc/server/svc_pollset.hpp"
#include "rpc/wire/spare_room.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace rpctls::server {

class SvcConnection;

/// A listening socket as a transport of libtirpc's, and all connections that came from it.
///
/// Process model: everything runs in the thread that runs svc_run(), or another loop over svc_pollfd. Beside the listener
/// two more descriptors are registered there, so that deadlines and requests of other threads need no loop of their own: a
/// timerfd for the earliest deadline and an eventfd. Nothing waits: what a client does not take is kept for it, and its
/// next call is not looked at before that is gone. Only stop() and reload() may be called from elsewhere.
class SvcServer : public std::enable_shared_from_this<SvcServer> {
public:
    using Clock = std::chrono::steady_clock;

    /// Loads the credentials and registers the transports. `listener` is bound and listens. Errors: those of the loader;
    /// server-identity-missing (stage input: the policy insists on TLS); socket-unsuitable, transport-not-registered.
    static Result<std::shared_ptr<SvcServer>> open(Fd listener, SvcSettings settings);
    ~SvcServer();

    SVCXPRT *transport() { return &listener_; }
    /// The server of a listener; nullptr when it is another kind of transport.
    static SvcServer *of(const SVCXPRT *transport);

    /// New credentials for the handshakes to come, or the old ones and an error. Sessions whose peer is no longer to be
    /// believed are ended (R-5.2.1-13). From any thread.
    Status reload();
    /// From any thread, and from signal handlers: no more connections; calls under way are answered.
    void stop() noexcept;
    /// Serves all of libtirpc's transports until stop() has done its work or svc_exit() was called.
    Status run();

    // For connections:
    ServerContext &context() { return context_; }
    bool is_draining() const { return draining_; }
    std::vector<std::byte> &scratch() { return scratch_; }
    /// For one large call of whichever connection; see wire::RecordReader.
    wire::SpareRoom &spare() { return spare_; }
    /// Ends the connection at `when` unless another time is said before; absent: never.
    void set_deadline(SvcConnection &connection, std::optional<Clock::time_point> when);
    void remove(SvcConnection &connection);

private:
    /// A descriptor that libtirpc's loops wait for without knowing what it is.
    struct Helper {
        SVCXPRT transport{};
        Fd fd;
        PollEntry entry;
    };

    explicit SvcServer(SvcSettings settings);
    Status start(Fd listener);
    Status add_helper(Helper &helper, int fd, const SvcOperations &operations);
    bool accept_one();
    void keep_deadlines();
    void arm();
    void take_requests();
    void recheck_sessions();
    void begin_drain();
    void finish_if_drained();
    void close_listener();
    void destroy();

    static bool_t listener_receive(SVCXPRT *transport, rpc_msg *message);
    static bool_t timer_receive(SVCXPRT *transport, rpc_msg *message);
    static bool_t request_receive(SVCXPRT *transport, rpc_msg *message);
    static void listener_destroy(SVCXPRT *transport);
    static const SvcOperations listener_operations, timer_operations, request_operations;

    struct Connection {
        std::unique_ptr<SvcConnection> connection;
        std::optional<Clock::time_point> deadline;
        std::multimap<Clock::time_point, SvcConnection *>::iterator queued; ///< at its deadline or before
    };

    ServerContext context_;
    SVCXPRT listener_{};
    SVCXPRT_EXT listener_extension_{};
    std::optional<Acceptor> acceptor_;
    PollEntry listener_entry_;
    Helper timer_, requests_;
    std::shared_ptr<SvcServer> self_; ///< as long as the listener's transport lives

    wire::SpareRoom spare_; ///< outlives what reads into it
    std::unordered_map<SvcConnection *, Connection> connections_;
    std::multimap<Clock::time_point, SvcConnection *> deadlines_;
    std::vector<std::byte> scratch_;

    std::atomic<bool> stop_requested_{false}, recheck_requested_{false};
    bool draining_ = false, drained_ = false, runs_own_loop_ = false;
    Clock::time_point drain_until_{};
};

} // namespace rpctls::server
