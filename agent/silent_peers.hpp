// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace rpctls::agent {

/// Peers of a server that asked for TLS and have not said a word since. nfsd keeps a thread waiting for each, so a few of
/// them can bring a server to a stand: when more than half of its threads are theirs, or the agent has hardly a place
/// left, they are given up early. As long as nobody is in need, they have their full time. Safe for several threads.
class SilentPeers {
public:
    /// How long each may be silent whatever the need, at least; a far peer gets a few round trips.
    static constexpr std::chrono::milliseconds patience{300};
    /// How often one that was spared is looked at again.
    static constexpr std::chrono::milliseconds second_look{250};
    /// As long is the number of threads taken for the same.
    static constexpr std::chrono::milliseconds threads_hold{1000};

    /// `server_threads`: of nfsd, 0 when there is none. `crowded`: whether the agent runs out of places, in all or for
    /// this peer.
    SilentPeers(std::function<std::size_t()> server_threads,
                std::function<bool(const std::string &peer)> crowded)
        : server_threads_(std::move(server_threads)), crowded_(std::move(crowded)) {}

    void enter() { ++count_; }
    void leave() { --count_; }
    std::size_t count() const { return count_; }
    bool in_the_way(const std::string &peer);

private:
    std::size_t threads();

    std::function<std::size_t()> server_threads_;
    std::function<bool(const std::string &)> crowded_;
    std::atomic<std::size_t> count_{0};
    std::mutex lock_;
    std::size_t known_threads_ = 0;
    std::chrono::steady_clock::time_point known_until_{};
};

/// Four round trips of a TCP connection as the kernel knows them, or SilentPeers::patience if that is more.
std::chrono::milliseconds patience_with(int fd);

} // namespace rpctls::agent
