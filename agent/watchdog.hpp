// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/asio.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

namespace rpctls::agent {

/// Sees that all workers make progress: each gets a small task from time to time, and all have to have done it when the
/// next one is due. Lives on the main loop's context, so it sees to that loop, too: when that one hangs, alive() is not
/// called.
class Watchdog {
public:
    /// Has every worker run the task.
    using Ask = std::function<void(std::function<void()> task)>;

    /// `alive` after each interval in which all of `workers` answered; `changed` when some begin or cease to be stuck.
    Watchdog(asio::io_context &context, unsigned workers, std::chrono::milliseconds interval, Ask ask,
             std::function<void()> alive, std::function<void(bool stuck)> changed);

    void start();
    void stop();
    bool stuck() const { return stuck_; }

private:
    void ask();
    void look();

    asio::steady_timer timer_;
    unsigned workers_;
    std::chrono::milliseconds interval_;
    Ask ask_;
    std::function<void()> alive_;
    std::function<void(bool)> changed_;
    std::shared_ptr<std::atomic<unsigned>> answers_; ///< of the present round; late tasks hold their own
    bool stuck_ = false;
};

/// A third of what systemd allows (WATCHDOG_USEC), so that one late round is no death; 10 s when it does not watch.
std::chrono::milliseconds watchdog_interval();

} // namespace rpctls::agent
