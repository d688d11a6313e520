// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/latency.hpp"

#include <algorithm>
#include <bit>

namespace rpctls::agent {

// Steps 0 to 15 are the microseconds themselves; from 16 on, each doubling has eight steps of equal width.
std::size_t Latency::step_of(std::uint64_t microseconds) {
    if (microseconds < 16)
        return static_cast<std::size_t>(microseconds);
    const auto doubling = static_cast<std::size_t>(std::bit_width(microseconds)) - 1; // 4 and more
    const auto eighth = static_cast<std::size_t>(microseconds >> (doubling - 3)) - 8;
    return std::min(16 + (doubling - 4) * 8 + eighth, steps - 1);
}

std::uint64_t Latency::end_of(std::size_t step) {
    if (step < 16)
        return step;
    const std::size_t doubling = 4 + (step - 16) / 8;
    const std::uint64_t eighth = (step - 16) % 8;
    return ((8 + eighth + 1) << (doubling - 3)) - 1;
}

void Latency::add(Duration duration) {
    duration = std::max(duration, Duration::zero());
    ++counts_[step_of(static_cast<std::uint64_t>(duration.count()))];
    const auto bound = std::ranges::lower_bound(bounds, duration);
    if (bound != bounds.end())
        ++by_bound_[static_cast<std::size_t>(bound - bounds.begin())];
    ++count_;
    sum_ += duration;
    longest_ = std::max(longest_, duration);
}

Latency::Duration Latency::percentile(double share) const {
    if (count_ == 0)
        return {};
    const double wanted = share * static_cast<double>(count_);
    std::uint64_t seen = 0;
    for (std::size_t step = 0; step < steps; ++step) {
        seen += counts_[step];
        if (seen > 0 && static_cast<double>(seen) >= wanted)
            return step == steps - 1 ? longest_
                                     : std::min(Duration(static_cast<std::int64_t>(end_of(step))), longest_);
    }
    return longest_;
}

std::uint64_t Latency::at_most(std::size_t i) const {
    std::uint64_t sum = 0;
    for (std::size_t bound = 0; bound <= i; ++bound)
        sum += by_bound_[bound];
    return sum;
}

} // namespace rpctls::agent
