// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpc/tls/transport.hpp"

#include <array>

namespace rpctls::tls {

/// A connected stream socket and its owner, as the transport of a session that becomes a Channel. It stays where it is:
/// make it with std::make_unique, lend it to Session::client() or server(), and give both to Channel::adopt().
///
/// During the handshake it reads exactly what it is asked for. A channel whose records the kernel does not open switches
/// reading ahead on: one recv(2) for each TLS record instead of two.
class ChannelSocket final : public Transport {
public:
    explicit ChannelSocket(Fd fd) : fd_(std::move(fd)) {}
    ~ChannelSocket() override {
        if (keeps_open_)
            (void)fd_.release();
    }
    ChannelSocket(const ChannelSocket &) = delete;
    ChannelSocket &operator=(const ChannelSocket &) = delete;

    ssize_t receive(std::span<std::byte> room) override;
    ssize_t send(std::span<const std::byte> octets) override;

    int fd() const { return fd_.get(); }
    /// From now on what is read belongs to this object's user only: the socket cannot be given to the kernel any more.
    void read_ahead() { reads_ahead_ = true; }
    /// Whether more is sent right behind what is sent from now on: TCP then makes fewer and larger segments of it.
    void expect_more(bool more) { more_follows_ = more; }
    /// Octets read that nobody has asked for yet.
    std::size_t held() const { return end_ - begin_; }
    /// Whether the descriptor outlives this object: it is somebody else's, then, for close(2) only. False at first.
    void keep_open(bool keep) { keeps_open_ = keep; }

private:
    Fd fd_;
    bool reads_ahead_ = false;
    bool keeps_open_ = false;
    bool more_follows_ = false;
    std::size_t begin_ = 0, end_ = 0; ///< of what is held
    std::array<std::byte, 4096> held_;
};

} // namespace rpctls::tls
