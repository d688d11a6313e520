// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rpctls::server {

/// Threads for what takes time to calculate: handshakes and the verification of certificates. They give way to the threads
/// that serve connections. The queue is bounded by what is given: one piece of work for each connection.
class WorkThreads {
public:
    using Work = std::function<void()>;

    WorkThreads() = default;
    ~WorkThreads() { stop(); }
    WorkThreads(const WorkThreads &) = delete;
    WorkThreads &operator=(const WorkThreads &) = delete;

    /// Throws std::system_error.
    void start(unsigned count);
    /// Work must not throw. From any thread.
    void post(Work work);
    /// What is queued is done before.
    void stop();

private:
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Work> queue_;
    bool is_stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace rpctls::server
