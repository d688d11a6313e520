// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/acceptor.hpp"

#include "rpc/server/peer_text.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>

namespace rpctls::server {

namespace {

void set_option(int fd, int level, int option) {
    const int on = 1;
    (void)::setsockopt(fd, level, option, &on, sizeof on);
}

Fd open_spare() {
    return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

} // namespace

Result<Acceptor> Acceptor::open(Fd listener) {
    Acceptor acceptor(std::move(listener));
    const int fd = acceptor.fd();
    socklen_t size = sizeof acceptor.address_;
    int listens = 0;
    socklen_t listens_size = sizeof listens;
    if (::getsockname(fd, reinterpret_cast<sockaddr *>(&acceptor.address_), &size) != 0 ||
        ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) != 0 || listens == 0 ||
        (acceptor.address_.ss_family != AF_INET && acceptor.address_.ss_family != AF_INET6))
        return Error{Stage::input, "socket-unsuitable", "the descriptor is no listening TCP socket"};
    (void)::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    acceptor.spare_ = open_spare();
    return acceptor;
}

std::uint16_t Acceptor::port() const {
    // Both families have it at the same place.
    return ntohs(reinterpret_cast<const sockaddr_in &>(address_).sin_port);
}

std::optional<Acceptor::Guest> Acceptor::accept(ServerContext &context) {
    Guest guest;
    socklen_t size = sizeof guest.address;
    auto *address = reinterpret_cast<sockaddr *>(&guest.address);
    do
        guest.fd.reset(::accept4(listener_.get(), address, &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
    while (!guest.fd.is_open() && (errno == ECONNABORTED || errno == EINTR));
    if (!guest.fd.is_open()) {
        if (errno != EMFILE && errno != ENFILE)
            return std::nullopt;
        // A connection that cannot be taken in would wake the loop for ever: the spare descriptor ends it.
        spare_.reset();
        guest.fd.reset(::accept4(listener_.get(), address, &size, SOCK_CLOEXEC));
        context.log_refusal(peer_text(guest.address), "no descriptors left");
        guest.fd.reset();
        spare_ = open_spare();
        return std::nullopt;
    }
    auto admitted = context.admit(peer_key(guest.address));
    if (const auto *why = std::get_if<const char *>(&admitted)) {
        context.log_refusal(peer_text(guest.address), *why);
        guest.fd.reset();
        return guest;
    }
    guest.place = std::get<ServerContext::Place>(std::move(admitted));
    set_option(guest.fd.get(), IPPROTO_TCP, TCP_NODELAY);
    set_option(guest.fd.get(), SOL_SOCKET, SO_KEEPALIVE);
    return guest;
}

void Acceptor::close() {
    listener_.reset();
    spare_.reset();
}

} // namespace rpctls::server
