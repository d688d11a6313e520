// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/served_connection.hpp"

#include <functional>
#include <memory>
#include <thread>
#include <unordered_map>

namespace rpctls::server {

/// One of a Server's threads and the connections that belong to it.
class ServingThread {
public:
    /// Error (stage input): server-failed.
    static Result<std::unique_ptr<ServingThread>> open(Hall &hall);
    ~ServingThread();
    ServingThread(const ServingThread &) = delete;
    ServingThread &operator=(const ServingThread &) = delete;

    /// Throws std::system_error.
    void start();
    void join();

    const std::shared_ptr<IoLoop> &loop() { return loop_; }
    /// These may be called from any thread.
    void take_in(Acceptor::Guest guest);
    void recheck();
    /// Ends when its connections have ended, at `until` at the latest.
    void drain(IoLoop::Clock::time_point until);

private:
    /// When the drain's time is up.
    struct Alarm final : IoLoop::Client {
        explicit Alarm(ServingThread &whose) : thread(whose) {}
        void on_ready(std::uint32_t) override {}
        void on_time() override { thread.cut_all(); }
        ServingThread &thread;
    };

    ServingThread(Hall &hall, std::shared_ptr<IoLoop> loop);
    void admit(Acceptor::Guest guest);
    void for_all(void (ServedConnection::*what)());
    void cut_all() { for_all(&ServedConnection::cut); }
    void finish_if_drained();

    Hall &hall_;
    const std::shared_ptr<IoLoop> loop_;
    std::unordered_map<ServedConnection *, std::shared_ptr<ServedConnection>> connections_;
    Alarm alarm_{*this};
    bool draining_ = false;
    std::thread thread_;
};

} // namespace rpctls::server
