// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/agent_connection.hpp"

#include "rpc/client/agent_control.hpp"
#include "rpc/client/ready.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace rpctls::client {

namespace {

Error silent(const std::filesystem::path &socket, int number) {
    return system_error(Stage::kernel, "agent-silent", "the agent does not answer on " + socket.string(),
                        number)
        .advise("see what rpctlsd is doing: systemctl status rpctlsd");
}

} // namespace

Result<Fd> open_agent_connection(const std::filesystem::path &socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = socket.string();
    if (path.size() >= sizeof address.sun_path)
        return Error{Stage::input, "path-too-long", "no socket can have so long a path: " + path};
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!fd.is_open())
        return system_error(Stage::kernel, "agent-unreachable", "cannot make a socket to reach the agent",
                            errno);
    // Where many ask at once, at a boot, the backlog is full for a moment.
    constexpr auto patience = AgentControl::answer_timeout;
    const timeval time{patience.count() / 1000, patience.count() % 1000 * 1000};
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0) {
        (void)::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
        return fd;
    }
    switch (errno) {
    case ENOENT:
    case ECONNREFUSED:
        return system_error(Stage::kernel, "agent-absent", "no agent listens on " + path, errno)
            .advise("start it: systemctl start rpctlsd");
    case EACCES:
    case EPERM:
        return system_error(Stage::kernel, "no-permission",
                            "the agent's socket " + path + " is not for this user", errno);
    default:
        return silent(socket, errno);
    }
}

Status send_to_agent(int connection, const nlohmann::json &message, const std::filesystem::path &socket,
                     std::optional<int> descriptor) {
    // A name from a command line may hold octets that are no UTF-8: replaced, never thrown on.
    std::string text = message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (text.size() > largest_agent_message)
        return Error{Stage::input, "request-too-large", "a request to the agent is too large"};
    iovec part{text.data(), text.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> room{};
    if (descriptor) {
        header.msg_control = room.data();
        header.msg_controllen = room.size();
        cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(rights), &*descriptor, sizeof(int));
    }
    if (::sendmsg(connection, &header, MSG_NOSIGNAL) < 0)
        return silent(socket, errno);
    return {};
}

Result<nlohmann::json> agent_answer(int connection, const std::filesystem::path &socket, Deadline deadline,
                                    std::size_t largest) {
    std::vector<char> room(largest);
    ssize_t size = -1;
    for (;;) {
        // MSG_TRUNC: the true size, so that an answer too large is noticed and not read as a cut one.
        size = ::recv(connection, room.data(), room.size(), MSG_TRUNC);
        if (size >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
        if (!wait_readable(connection, deadline))
            return silent(socket, ETIMEDOUT);
    }
    if (size < 0)
        return silent(socket, errno);
    if (size == 0)
        return silent(socket, ECONNRESET);
    if (static_cast<std::size_t>(size) > room.size())
        return malformed_answer(socket);
    auto answer = nlohmann::json::parse(room.data(), room.data() + size, nullptr, /*allow_exceptions=*/false);
    if (!answer.is_object() || !answer.contains("ok") || !answer["ok"].is_boolean())
        return malformed_answer(socket);
    return answer;
}

Error malformed_answer(const std::filesystem::path &socket) {
    return Error{Stage::kernel, "agent-answer-malformed",
                 "the agent's answer on " + socket.string() + " makes no sense"}
        .advise("restart rpctlsd: it may be of another version than this program");
}

} // namespace rpctls::client
