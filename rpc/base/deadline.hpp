// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>

namespace rpctls {

/// A moment on the monotonic clock by which something must be done; a change of the wall clock does not move it.
class Deadline {
public:
    using Clock = std::chrono::steady_clock;

    static Deadline after(Clock::duration time) { return Deadline(Clock::now() + time); }
    explicit Deadline(Clock::time_point at) : at_(at) {}

    Clock::time_point at() const { return at_; }
    bool passed() const { return Clock::now() >= at_; }

    /// What is left, never negative, rounded up so that poll(2) does not spin on the last millisecond.
    std::chrono::milliseconds left() const {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - Clock::now());
        return left.count() > 0 ? left : std::chrono::milliseconds(0);
    }

    Deadline earlier_of(Deadline other) const { return at_ < other.at_ ? *this : other; }

private:
    Clock::time_point at_;
};

} // namespace rpctls
