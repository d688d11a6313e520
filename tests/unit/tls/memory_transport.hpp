// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/transport.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <limits>
#include <memory>

namespace rpctls::test {

/// One direction of a connection in memory.
struct Pipe {
    std::deque<std::byte> octets;
    bool closed = false; ///< what is in it can still be read, then the stream ends
    bool reset = false;
    std::size_t capacity = std::numeric_limits<std::size_t>::max();
    std::size_t chunk = std::numeric_limits<std::size_t>::max(); ///< 1: both ends see one octet at a time
};

/// One end of a connection in memory.
class MemoryTransport final : public tls::Transport {
public:
    MemoryTransport(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out)
        : in_(std::move(in)), out_(std::move(out)) {}

    ssize_t receive(std::span<std::byte> room) override {
        if (in_->reset)
            return failed(ECONNRESET);
        if (in_->octets.empty())
            return in_->closed ? 0 : failed(EAGAIN);
        const std::size_t count = std::min({room.size(), in_->octets.size(), in_->chunk});
        std::copy_n(in_->octets.begin(), count, room.begin());
        in_->octets.erase(in_->octets.begin(), in_->octets.begin() + static_cast<std::ptrdiff_t>(count));
        return static_cast<ssize_t>(count);
    }

    ssize_t send(std::span<const std::byte> octets) override {
        if (out_->reset || out_->closed)
            return failed(out_->reset ? ECONNRESET : EPIPE);
        const std::size_t free = out_->capacity - std::min(out_->capacity, out_->octets.size());
        const std::size_t count = std::min({octets.size(), free, out_->chunk});
        if (count == 0 && !octets.empty())
            return failed(EAGAIN);
        out_->octets.insert(out_->octets.end(), octets.begin(),
                            octets.begin() + static_cast<std::ptrdiff_t>(count));
        return static_cast<ssize_t>(count);
    }

    Pipe &in() { return *in_; }
    Pipe &out() { return *out_; }

private:
    static ssize_t failed(int number) {
        errno = number;
        return -1;
    }
    std::shared_ptr<Pipe> in_;
    std::shared_ptr<Pipe> out_;
};

/// The two ends of a connection.
struct Connection {
    std::shared_ptr<Pipe> to_server = std::make_shared<Pipe>();
    std::shared_ptr<Pipe> to_client = std::make_shared<Pipe>();
    MemoryTransport client{to_client, to_server};
    MemoryTransport server{to_server, to_client};
};

} // namespace rpctls::test
