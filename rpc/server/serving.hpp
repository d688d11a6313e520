// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/serving_thread.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace rpctls::server {

/// A Server, with its listener, its threads and what they have in common. The first thread lets connections in and deals
/// them out, and takes the request to stop.
class Serving {
public:
    Serving(SvcSettings settings, Server::Options options);
    /// With stop() and wait().
    ~Serving();
    Serving(const Serving &) = delete;
    Serving &operator=(const Serving &) = delete;

    Status open(Fd listener);
    Status start();
    /// Also from signal handlers.
    void stop() noexcept;
    void wait();
    Status reload();

    Hall &hall() { return hall_; }
    std::uint16_t port() const { return port_; }

private:
    /// A descriptor of the first thread's loop.
    struct Watch final : IoLoop::Client {
        explicit Watch(std::function<void()> what) : act(std::move(what)) {}
        void on_ready(std::uint32_t) override { act(); }
        void on_time() override {}
        std::function<void()> act;
    };

    void accept();
    void begin_drain();

    Hall hall_;
    std::optional<Acceptor> acceptor_;
    std::uint16_t port_ = 0;
    Fd stop_request_;
    std::vector<std::unique_ptr<ServingThread>> threads_;
    Watch gate_{[this] { accept(); }};
    Watch stop_{[this] { begin_drain(); }};
    std::size_t next_ = 0; ///< the thread that gets the next connection
    bool is_started_ = false, is_draining_ = false;
};

} // namespace rpctls::server
