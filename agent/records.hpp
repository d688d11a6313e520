// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/latency.hpp"
#include "agent/plan.hpp"

#include "rpctls/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace rpctls::agent {

/// What the agent can tell of its past. Safe for several threads.
class Records {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds remembered{60};
    static constexpr std::size_t most_remembered = 256;

    using Causes = std::map<std::string, std::uint64_t>; ///< failures by the error's name
    struct RoleTotals {
        std::uint64_t handshakes = 0; ///< completed
        std::uint64_t failures = 0;
        Causes causes;
        Latency latency; ///< of those completed, from ACCEPT to DONE
    };
    struct Totals {
        std::uint64_t handshakes = 0; ///< completed
        std::uint64_t failures = 0;   ///< of every cause
        std::uint64_t rejected = 0;   ///< of these, for a limit of ours: not begun at all
        Causes causes;                ///< also of what failed before its role was known
        RoleTotals client;
        RoleTotals server;
    };

    void count_success(Role role, std::chrono::microseconds duration);
    void count_failure(Role role, const Error &error);
    /// Of a request that could not even be taken.
    void count_failure(const Error &error);
    Totals totals() const;

    /// The last failed client handshake with each server, for whoever has to explain it to a person.
    void remember(std::string_view server, const Error &error, Clock::time_point now = Clock::now());
    void forget(std::string_view server);
    std::optional<Error> last_failure(std::string_view server, Clock::time_point now = Clock::now()) const;

private:
    struct Failure {
        Error error;
        Clock::time_point at;
    };
    void add_failure(const Error &error);

    mutable std::mutex lock_;
    Totals totals_;
    std::map<std::string, Failure, std::less<>> failures_;
};

} // namespace rpctls::agent
