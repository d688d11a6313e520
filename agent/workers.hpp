// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/handshake.hpp"
#include "agent/silent_peers.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace rpctls::agent {

/// A few threads that perform handshakes, each with an event loop of its own; a handshake stays on the thread that
/// began it. What is ready on a thread runs in turns of the peers. All members may be called by the one thread that made the pool.
class Workers {
public:
    Workers(unsigned threads, PrimeKtls prime, SilentPeers &silent_peers, Finished finished);
    /// Ends the threads; handshakes still under way are dropped without a report: abort() them before.
    ~Workers();

    /// To the thread that has the fewest.
    void start(Work work);
    /// Once on each thread, between steps of its handshakes.
    void on_each(const std::function<void()> &task);
    std::size_t threads() const { return workers_.size(); }
    /// Every handshake under way is finished with this failure, on its own thread, soon.
    void abort(const Error &reason);

    std::size_t in_flight() const;

private:
    class Worker;
    Worker &least_busy();

    PrimeKtls prime_;
    SilentPeers &silent_peers_;
    Finished finished_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

} // namespace rpctls::agent
