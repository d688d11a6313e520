// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/error.hpp"

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

    struct Totals {
        std::uint64_t handshakes = 0;                ///< completed
        std::uint64_t failures = 0;                  ///< of every cause
        std::map<std::string, std::uint64_t> causes; ///< failures by the error's name
    };

    void count_success();
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
    mutable std::mutex lock_;
    Totals totals_;
    std::map<std::string, Failure, std::less<>> failures_;
};

} // namespace rpctls::agent
