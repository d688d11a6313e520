// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/service_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

namespace rpctls::agent {

namespace {

Error unsuitable(std::string why) {
    return Error{Stage::input, "socket-unsuitable", "the agent cannot perform a handshake there"}
        .with("reason", std::move(why))
        .with_errno(EINVAL)
        .advise("pass one connected TCP socket beside the request");
}

int option(int socket, int level, int name) {
    int value = -1;
    socklen_t length = sizeof value;
    return ::getsockopt(socket, level, name, &value, &length) == 0 ? value : -1;
}

Status check(int socket) {
    const int domain = option(socket, SOL_SOCKET, SO_DOMAIN);
    if (domain < 0)
        return unsuitable("the descriptor is no socket");
    if ((domain != AF_INET && domain != AF_INET6) || option(socket, SOL_SOCKET, SO_TYPE) != SOCK_STREAM ||
        option(socket, SOL_SOCKET, SO_PROTOCOL) != IPPROTO_TCP)
        return unsuitable("the socket is not of TCP");
    tcp_info info{};
    socklen_t length = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 ||
        info.tcpi_state != TCP_ESTABLISHED)
        return unsuitable("the socket is not connected, or not any more");
    return {};
}

} // namespace

Result<Fd> service_socket(std::vector<Fd> descriptors, bool lost) {
    if (lost && descriptors.empty())
        return system_error(Stage::kernel, "descriptors-exhausted", "the agent has no free descriptor",
                            EMFILE)
            .advise("raise LimitNOFILE= of rpctlsd.service");
    if (lost || descriptors.size() != 1)
        return unsuitable(descriptors.empty() ? "no descriptor came with the request"
                                              : "more than one descriptor came with the request");
    if (auto suitable = check(descriptors.front().get()); !suitable)
        return std::move(suitable).error();
    return std::move(descriptors.front());
}

} // namespace rpctls::agent
