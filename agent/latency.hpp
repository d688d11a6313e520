// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace rpctls::agent {

/// How long things took: a histogram on a logarithmic scale, of fixed size whatever is added. A value; copies are
/// snapshots.
class Latency {
public:
    using Duration = std::chrono::microseconds;

    /// The upper bounds that metrics count under; one more bucket takes what is longer.
    static constexpr std::array<Duration, 13> bounds{
        Duration(1000),    Duration(2500),    Duration(5000),    Duration(10000),  Duration(25000),
        Duration(50000),   Duration(100000),  Duration(250000),  Duration(500000), Duration(1000000),
        Duration(2500000), Duration(5000000), Duration(10000000)};

    void add(Duration duration);

    std::uint64_t count() const { return count_; }
    Duration sum() const { return sum_; }
    Duration longest() const { return longest_; }
    /// What `share` (0 to 1) of them did not exceed, to within an eighth: the upper end of its step, but never more than
    /// the longest. 0 when there are none.
    Duration percentile(double share) const;
    /// How many took at most bounds[i].
    std::uint64_t at_most(std::size_t i) const;

private:
    /// Eight steps for each doubling; the last takes all from some 70 s on.
    static constexpr std::size_t steps = 8 * 24;
    static std::size_t step_of(std::uint64_t microseconds);
    static std::uint64_t end_of(std::size_t step);

    std::array<std::uint64_t, steps> counts_{};
    std::array<std::uint64_t, bounds.size()> by_bound_{};
    std::uint64_t count_ = 0;
    Duration sum_{};
    Duration longest_{};
};

} // namespace rpctls::agent
