// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/asio.hpp"

#include <functional>
#include <thread>

namespace rpctls::agent {

/// One thread for what reads and writes files (reload, identities, metrics), in order: neither the kernel's requests
/// nor handshakes under way wait for a slow disk. The main thread only looks names up (which files changed, what to
/// watch) and writes to the runtime directory, which is memory. run() may be called by any thread.
class Background {
public:
    Background();
    /// Waits for the task under way; those that have not begun are dropped.
    ~Background();
    Background(const Background &) = delete;
    Background &operator=(const Background &) = delete;

    /// The task must not throw.
    void run(std::function<void()> task);

private:
    asio::io_context context_;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

} // namespace rpctls::agent
