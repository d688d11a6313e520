// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/connect.hpp"

#include "rpc/base/text.hpp"
#include "rpc/client/ready.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <rpc/rpc.h>

#include <cerrno>

namespace rpctls::client {

namespace {

/// Reserved ports that linger from earlier connections to the same address make connect(2) fail; another may do.
constexpr int most_ports_tried = 4;

std::uint16_t port_of(const Address &address) {
    return address.family() == AF_INET6
               ? ntohs(reinterpret_cast<const sockaddr_in6 *>(address.get())->sin6_port)
               : ntohs(reinterpret_cast<const sockaddr_in *>(address.get())->sin_port);
}

Error failure(int number, const std::string &peer, std::uint16_t port) {
    const auto error = [&](const char *name, const char *what) {
        return system_error(Stage::connect, name, what + peer, number);
    };
    switch (number) {
    case ECONNREFUSED:
        return error("connection-refused", "nothing listens on ")
            .advise(
                "start the server there, or check the port (NFS: 2049); a firewall may answer so too, port " +
                std::to_string(port));
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case EADDRNOTAVAIL:
        return error("unreachable", "no way to ")
            .advise("check the address, the route to it (ip route get) and firewalls");
    case ETIMEDOUT:
        return error("connect-timeout", "no answer from ")
            .advise("check that the host is up and that no firewall drops packets to port " +
                    std::to_string(port));
    case EACCES:
    case EPERM:
        return error("unreachable", "this machine does not allow a connection to ")
            .advise("look at this machine's own firewall rules");
    default:
        return error("connect-failed", "cannot connect to ");
    }
}

/// 0 or an errno; `fd` is connected with 0.
int try_connect(const Address &address, bool reserved_port, Deadline deadline, Fd &fd) {
    fd.reset(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (!fd.is_open())
        return errno;
    // Every exchange here is one small message and its answer.
    const int on = 1;
    (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (reserved_port)
        (void)::bindresvport_sa(fd.get(), nullptr);
    if (::connect(fd.get(), address.get(), address.size) == 0)
        return 0;
    if (errno != EINPROGRESS && errno != EINTR)
        return errno;
    if (!wait_writable(fd.get(), deadline))
        return ETIMEDOUT;
    int number = 0;
    socklen_t size = sizeof number;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &number, &size) != 0)
        return errno;
    return number;
}

} // namespace

std::string describe(std::string_view host, const Address &address) {
    const std::string text = address.text();
    std::string peer = printable(bare_host(host, true));
    if (peer != text)
        peer += " (" + text + ")";
    return peer + " port " + std::to_string(port_of(address));
}

Result<Fd> connect(const Address &address, std::string_view host, bool reserved_port, Deadline deadline) {
    Fd fd;
    int number = 0;
    for (int tried = 0; tried < most_ports_tried; ++tried) {
        number = try_connect(address, reserved_port, deadline, fd);
        if (number == 0)
            return fd;
        if (!reserved_port || (number != EADDRNOTAVAIL && number != EADDRINUSE) || deadline.passed())
            break;
    }
    return failure(number, describe(host, address), port_of(address));
}

} // namespace rpctls::client
