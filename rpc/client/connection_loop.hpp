// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpc/client/call_engine.hpp"
#include "rpc/client/clnt_target.hpp"
#include "rpctls/connection.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace rpctls::client {

/// A Connection behind its face. Callers only put calls into a box; one thread takes them out, owns the stream and the
/// CallEngine, and completes the calls. It waits in poll(2) for the socket, for the box (an eventfd), and for time. A new
/// connection is made in a thread of its own meanwhile, so that calls run out of time when they should.
class ConnectionLoop {
public:
    /// `port` 0: where rpcbind says, each time anew. Errors: those of connect_clnt() and ask_rpcbind(); system errors.
    static Result<std::unique_ptr<ConnectionLoop>>
    start(ClntTarget target, std::uint16_t port, const face::Serving &bounds, ConnectionOptions options);
    ~ConnectionLoop();
    ConnectionLoop(const ConnectionLoop &) = delete;
    ConnectionLoop &operator=(const ConnectionLoop &) = delete;

    Result<CallId> call(CallRequest call, Completion done);
    void cancel(CallId id);
    std::shared_ptr<const rpctls_session> session() const;
    ConnectionStatistics statistics() const;

private:
    using Time = CallEngine::Time;
    using Connected = Result<ClntStream>;
    struct Box {
        std::vector<CallEngine::Submission> calls;
        std::vector<std::uint64_t> cancelled;
        std::optional<Connected> connected;
    };

    ConnectionLoop(ClntTarget target, std::uint16_t port, const face::Serving &bounds,
                   ConnectionOptions options, Fd wake);
    static Connected connect(ClntTarget target, std::uint16_t port);
    Result<CallEngine::Submission> prepare(CallRequest call) const;
    std::uint32_t xid_of(std::uint64_t id) const { return first_xid_ + static_cast<std::uint32_t>(id); }

    void run();
    bool take_box();
    void adopt(Connected connected);
    void reconnect();
    bool send();
    bool receive();
    void check_stall();
    void deliver();
    void lose(const Error &error);
    void wait();
    void wake();

    const ClntTarget target_;
    const std::uint16_t port_;
    const std::size_t largest_record_;
    const std::chrono::milliseconds stall_;
    const ConnectionOptions options_;
    const std::uint32_t first_xid_;
    Fd wake_;

    mutable std::mutex mutex_; ///< of the box, and of what is next to it
    Box box_;
    std::uint64_t next_id_ = 0;
    std::size_t outstanding_ = 0, outstanding_octets_ = 0;
    bool asleep_ = false;
    bool stopping_ = false;
    std::shared_ptr<const rpctls_session> session_;
    std::atomic<std::uint64_t> connections_{0}, dropped_{0}, reverse_{0};

    // The loop's own.
    CallEngine engine_;
    std::optional<ClntStream> stream_;
    bool tls_only_ = false; ///< there was a session: opportunism is over
    bool blocked_ = false;  ///< the transport took nothing the last time
    bool heard_ = false;
    Time moved_{};
    std::thread connecting_;
    std::thread thread_;
};

} // namespace rpctls::client
