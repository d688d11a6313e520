// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/agent_connection.hpp"
#include "rpc/client/agent_handshake.hpp"
#include "tests/unit/agent/running.hpp"

#include <nlohmann/json.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include <cstring>
#include <future>

namespace rpctls::test {

using client::AgentHandshakeReport;
using client::AgentHandshakeRequest;

/// A connected pair of TCP sockets: the service takes no others.
inline Sockets tcp_sockets() {
    Sockets sockets;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockets.ours = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(listener.get(), generic, size) != 0 || ::listen(listener.get(), 1) != 0 ||
        ::getsockname(listener.get(), generic, &size) != 0 ||
        ::connect(sockets.ours.get(), generic, size) != 0)
        throw std::runtime_error("no TCP on the loopback interface");
    sockets.peer = Fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    return sockets;
}

/// The same, with octets that the peer does not read, and an owner who wants close(2) to wait that long for them.
inline Sockets lingering_sockets(int seconds) {
    Sockets sockets = tcp_sockets();
    ::fcntl(sockets.ours.get(), F_SETFL, O_NONBLOCK);
    const std::vector<char> much(65536);
    while (::send(sockets.ours.get(), much.data(), much.size(), MSG_NOSIGNAL) > 0) {
    }
    const linger how{1, seconds};
    if (::setsockopt(sockets.ours.get(), SOL_SOCKET, SO_LINGER, &how, sizeof how) != 0)
        throw std::runtime_error("SO_LINGER");
    return sockets;
}

inline void send_descriptors(int connection, std::string text, const std::vector<int> &descriptors) {
    std::vector<char> room(CMSG_SPACE(sizeof(int) * descriptors.size()));
    iovec part{text.data(), text.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (!descriptors.empty()) {
        header.msg_control = room.data();
        header.msg_controllen = room.size();
        cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
        std::memcpy(CMSG_DATA(rights), descriptors.data(), sizeof(int) * descriptors.size());
    }
    if (::sendmsg(connection, &header, MSG_NOSIGNAL) < 0)
        throw std::runtime_error("sendmsg");
}

inline AgentHandshakeRequest as_client(AgentHandshakeRequest::Present present) {
    AgentHandshakeRequest request;
    request.server_name = "server.example";
    request.present = present;
    return request;
}

inline AgentHandshakeRequest as_server(bool require_client_certificate = false) {
    AgentHandshakeRequest request;
    request.role = AgentHandshakeRequest::Role::server;
    request.present = AgentHandshakeRequest::Present::configured;
    request.require_client_certificate = require_client_certificate;
    return request;
}

/// The calling thread is another user while this stands: the raw system calls change one thread only.
class AsUser {
public:
    explicit AsUser(uid_t uid) {
        ::syscall(SYS_setgroups, 0, nullptr);
        ::syscall(SYS_setresuid, -1, uid, 0);
    }
    AsUser(const AsUser &) = delete;
    AsUser &operator=(const AsUser &) = delete;
    ~AsUser() { ::syscall(SYS_setresuid, -1, 0, 0); }
};

/// A running agent with a policy, and programs that ask it. Kernels without kTLS do: `attach` stands for the kernel.
class Served : public Running {
public:
    explicit Served(
        const std::string &policy = "", std::function<Status(int)> attach_ktls = [](int) { return Status(); })
        : Running(100, policy, std::move(attach_ktls)) {
        std::filesystem::permissions(host.file(""), std::filesystem::perms(0711)); // for other users
    }

    AgentHandshakeReport ask(int fd, const AgentHandshakeRequest &request) const {
        return client::agent_handshake(fd, request, socket(), [](int) { return Status(); });
    }
    AgentHandshakeReport ask_as(uid_t uid, int fd, const AgentHandshakeRequest &request) const {
        const AsUser user(uid);
        return ask(fd, request);
    }
    std::future<AgentHandshakeReport> ask_aside(int fd, const AgentHandshakeRequest &request) const {
        return std::async(std::launch::async, [this, fd, request] { return ask(fd, request); });
    }

    /// Sends what the library never would. The answer, or null when the agent hung up.
    nlohmann::json raw(std::string text, const std::vector<int> &descriptors) const {
        const Fd connection = send_raw(std::move(text), descriptors);
        auto answer =
            client::agent_answer(connection.get(), socket(), Deadline::after(std::chrono::seconds(5)),
                                 client::largest_agent_session);
        return answer ? *answer : nlohmann::json();
    }
    Fd send_raw(std::string text, const std::vector<int> &descriptors) const {
        Fd connection = std::move(client::open_agent_connection(socket()).value());
        send_descriptors(connection.get(), std::move(text), descriptors);
        return connection;
    }
    static std::string text_of(const AgentHandshakeRequest &request) {
        return client::to_json(request).dump();
    }
};

inline std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto &entry : std::filesystem::directory_iterator("/proc/self/fd"))
        ++count;
    return count;
}

} // namespace rpctls::test
