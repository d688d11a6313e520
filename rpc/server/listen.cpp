// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/listen.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

namespace rpctls::server {

namespace {

constexpr int backlog = 1024;

Result<Fd> listen_to(const sockaddr *address, socklen_t size, const std::string &name) {
    const auto failed = [&](int number) -> Error {
        return system_error(Stage::input, "listen-failed", "cannot listen on " + name, number);
    };
    Fd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (!fd.is_open())
        return failed(errno);
    const int on = 1, off = 0;
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->sa_family == AF_INET6)
        (void)::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (::bind(fd.get(), address, size) != 0 || ::listen(fd.get(), backlog) != 0)
        return failed(errno);
    return fd;
}

} // namespace

Result<Fd> listen_on(const std::string &address, std::uint16_t port) {
    const std::string name = (address.empty() ? "all addresses" : address) + ", port " + std::to_string(port);
    if (address.empty()) {
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        six.sin6_addr = in6addr_any;
        six.sin6_port = htons(port);
        auto both = listen_to(reinterpret_cast<const sockaddr *>(&six), sizeof six, name);
        if (both || (both.error().system_errno != EAFNOSUPPORT && both.error().system_errno != EADDRNOTAVAIL))
            return both;
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_port = htons(port);
        return listen_to(reinterpret_cast<const sockaddr *>(&four), sizeof four, name);
    }
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *found = nullptr;
    if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
        return Error{Stage::input, "address-invalid", "cannot listen on " + name}.with("expected",
                                                                                       "an IP address");
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    return listen_to(found->ai_addr, found->ai_addrlen, name);
}

} // namespace rpctls::server
