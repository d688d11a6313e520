// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::agent {

/// Keeps a storm of failures from filling the log: of each cause a few entries for each peer and some more in all are
/// written within a window of time, the rest is counted and told of when the window ends. Bounded memory: causes are our
/// own names, and a peer is kept only when an entry about it was written. Safe for several threads.
class LogLimit {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds window{60};
    static constexpr unsigned most_for_peer = 3;
    static constexpr unsigned most_for_cause = 20;

    /// "COUNT more like this", from this peer or, when it is empty, from peers that had no entry of their own.
    struct Summary {
        std::string cause;
        std::string peer;
        std::uint64_t count;
        std::chrono::seconds within;
    };

    /// Whether this failure's entry is to be written.
    bool admit(std::string_view cause, std::string_view peer, Clock::time_point now = Clock::now());
    /// What was withheld in windows that have ended since the last call. At the end: in all.
    std::vector<Summary> summaries(Clock::time_point now = Clock::now());
    std::vector<Summary> last_summaries(Clock::time_point now = Clock::now());
    /// Entries withheld since the start.
    std::uint64_t withheld() const;

private:
    struct Count {
        unsigned written = 0;
        std::uint64_t withheld = 0;
    };
    struct Cause {
        Clock::time_point begun;
        Count all;
        std::map<std::string, Count, std::less<>> peers;
    };
    void end(const std::string &name, const Cause &cause, Clock::time_point now);

    mutable std::mutex lock_;
    std::map<std::string, Cause, std::less<>> causes_;
    std::vector<Summary> ended_;
    std::uint64_t withheld_ = 0;
};

/// "12 more with 192.0.2.7 like this (ca-not-trusted) in 60 s"
std::string text_of(const LogLimit::Summary &summary);

} // namespace rpctls::agent
