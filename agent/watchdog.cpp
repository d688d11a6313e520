// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/watchdog.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>

namespace rpctls::agent {

Watchdog::Watchdog(asio::io_context &context, unsigned workers, std::chrono::milliseconds interval, Ask ask,
                   std::function<void()> alive, std::function<void(bool)> changed)
    : timer_(context), workers_(workers), interval_(interval), ask_(std::move(ask)), alive_(std::move(alive)),
      changed_(std::move(changed)) {}

void Watchdog::start() {
    ask();
    timer_.expires_after(interval_);
    timer_.async_wait([this](const ErrorCode &cancelled) {
        if (!cancelled)
            look();
    });
}

void Watchdog::stop() {
    timer_.cancel();
}

void Watchdog::ask() {
    answers_ = std::make_shared<std::atomic<unsigned>>(0);
    ask_([answers = answers_] { ++*answers; });
}

void Watchdog::look() {
    const bool stuck = *answers_ < workers_;
    if (std::exchange(stuck_, stuck) != stuck)
        changed_(stuck);
    if (!stuck) {
        alive_();
        ask();
    }
    timer_.expires_after(interval_);
    timer_.async_wait([this](const ErrorCode &cancelled) {
        if (!cancelled)
            look();
    });
}

std::chrono::milliseconds watchdog_interval() {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0)
        return std::chrono::seconds(10);
    return std::max(std::chrono::milliseconds(microseconds / 3000), std::chrono::milliseconds(1));
}

} // namespace rpctls::agent
