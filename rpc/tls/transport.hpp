// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>

namespace rpctls::tls {

/// Where a session's octets come from and go to: a socket in production, a buffer in tests and fuzzers.
///
/// Both calls follow recv(2)/send(2) on a non-blocking socket: the count, 0 at the end of the stream, or -1 with
/// errno (EAGAIN when nothing can be done now). A session never reads past the record it needs, so that a socket can
/// be given to kTLS or to its owner after the handshake.
class Transport {
public:
    virtual ~Transport() = default;
    virtual ssize_t receive(std::span<std::byte> room) = 0;
    virtual ssize_t send(std::span<const std::byte> octets) = 0;
};

/// A connected stream socket, borrowed; the caller keeps it open for as long as the transport lives. Uses
/// MSG_NOSIGNAL, and MSG_DONTWAIT whatever the descriptor's own mode is (a kernel socket's mode is not ours to change).
class SocketTransport final : public Transport {
public:
    explicit SocketTransport(int fd) : fd_(fd) {}
    ssize_t receive(std::span<std::byte> room) override;
    ssize_t send(std::span<const std::byte> octets) override;

private:
    int fd_;
};

} // namespace rpctls::tls
