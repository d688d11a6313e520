// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/silent_peers.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

namespace rpctls::agent {

bool SilentPeers::in_the_way(const std::string &peer) {
    if (crowded_(peer))
        return true;
    const std::size_t all = threads();
    return all > 0 && count_ * 2 > all;
}

std::size_t SilentPeers::threads() {
    const std::lock_guard hold(lock_);
    const auto now = std::chrono::steady_clock::now();
    if (now >= known_until_) {
        known_threads_ = server_threads_();
        known_until_ = now + threads_hold;
    }
    return known_threads_;
}

std::chrono::milliseconds patience_with(int fd) {
    tcp_info info{};
    socklen_t length = sizeof info;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
        return SilentPeers::patience;
    const std::chrono::microseconds round_trip(info.tcpi_rtt);
    return std::max(SilentPeers::patience, std::chrono::ceil<std::chrono::milliseconds>(4 * round_trip));
}

} // namespace rpctls::agent
