// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/sock_diag.hpp"

#include "rpc/base/fd.hpp"
#include "rpc/kernel/handshake_message.hpp"

#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <vector>

namespace rpctls::kernel {

bool dump_sockets(std::span<const std::byte> body, std::size_t most,
                  const std::function<void(std::span<const std::byte>)> &take) {
    const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!socket.is_open())
        return false;
    std::vector<std::byte> request(NLMSG_HDRLEN + body.size());
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(request.size());
    header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    header.nlmsg_seq = 1;
    std::memcpy(request.data(), &header, sizeof header);
    std::memcpy(request.data() + NLMSG_HDRLEN, body.data(), body.size());
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    if (::sendto(socket.get(), request.data(), request.size(), 0, reinterpret_cast<sockaddr *>(&kernel),
                 sizeof kernel) < 0)
        return false;

    std::array<std::byte, 32768> buffer;
    for (std::size_t answers = 0; answers < most;) {
        pollfd ready{socket.get(), POLLIN, 0};
        if (::poll(&ready, 1, 1000) <= 0)
            return false;
        const ssize_t n = ::recv(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC);
        if (n <= 0 || static_cast<std::size_t>(n) > buffer.size())
            return false;
        std::span<const std::byte> octets(buffer.data(), static_cast<std::size_t>(n));
        while (const auto answer = next_answer(octets)) {
            ++answers;
            if (answer->error)
                return false;
            if (answer->type == NLMSG_DONE)
                return true;
            take(answer->message);
        }
    }
    return false;
}

} // namespace rpctls::kernel
