// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/server_context.hpp"

#include <sys/socket.h>

namespace rpctls::server {

/// A listening socket, and who may come in.
class Acceptor {
public:
    /// Non-blocking from now on. Error (stage input): socket-unsuitable.
    static Result<Acceptor> open(Fd listener);

    int fd() const { return listener_.get(); }
    std::uint16_t port() const;
    const sockaddr_storage &address() const { return address_; }

    struct Guest {
        Fd fd; ///< closed: refused, and the audit says why
        sockaddr_storage address{};
        ServerContext::Place place;
    };
    /// The next connection; absent: there is none now.
    std::optional<Guest> accept(ServerContext &context);
    void close();

private:
    explicit Acceptor(Fd listener) : listener_(std::move(listener)) {}

    Fd listener_;
    Fd spare_; ///< what is given up to refuse a connection when there are no descriptors left
    sockaddr_storage address_{};
};

} // namespace rpctls::server
