// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/connection.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

namespace rpctls::bench {

struct InFlight {
    long done = 0; ///< calls that have completed
    std::chrono::duration<double> taken{};
    double a_second() const { return static_cast<double>(done) / taken.count(); }
};

/// Keeps so many calls on their way for `time`, each completion making the next call, until `is_right` says no to one.
inline InFlight keep_in_flight(Connection &connection, unsigned in_flight, std::chrono::duration<double> time,
                               const std::function<CallRequest()> &call,
                               const std::function<bool(const Result<CallReply> &)> &is_right) {
    using Clock = std::chrono::steady_clock;
    std::atomic<long> done{0};
    std::atomic<unsigned> running{in_flight};
    const auto begun = Clock::now();
    const std::function<void()> next = [&] {
        const auto taken = connection.call(call(), [&](Result<CallReply> reply) {
            const bool right = is_right(reply);
            ++done;
            if (right && Clock::now() - begun < time)
                next();
            else
                --running;
        });
        if (!taken)
            --running;
    };
    for (unsigned i = 0; i < in_flight; ++i)
        next();
    while (running > 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return {done, Clock::now() - begun};
}

} // namespace rpctls::bench
