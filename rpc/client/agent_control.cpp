// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/agent_control.hpp"

#include "rpc/base/deadline.hpp"
#include "rpc/base/error_json.hpp"
#include "rpc/client/ready.hpp"

#include <nlohmann/json.hpp>

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace rpctls::client {

namespace {

Error malformed_answer(const std::filesystem::path &socket) {
    return Error{Stage::kernel, "agent-answer-malformed",
                 "the agent's answer on " + socket.string() + " makes no sense"}
        .advise("restart rpctlsd: it may be of another version than this program");
}

Error silent(const std::filesystem::path &socket, int number) {
    return system_error(Stage::kernel, "agent-silent", "the agent does not answer on " + socket.string(),
                        number)
        .advise("see what rpctlsd is doing: systemctl status rpctlsd");
}

Result<Fd> open_connection(const std::filesystem::path &socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = socket.string();
    if (path.size() >= sizeof address.sun_path)
        return Error{Stage::input, "path-too-long", "no socket can have so long a path: " + path};
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    // Non-blocking, so that a full backlog is an answer (EAGAIN) and not a wait.
    Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.is_open())
        return system_error(Stage::kernel, "agent-unreachable", "cannot make a socket to reach the agent",
                            errno);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0)
        return fd;
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

} // namespace

AgentControl::AgentControl(std::filesystem::path socket, Fd connection)
    : socket_(std::move(socket)), connection_(std::move(connection)) {}

Result<AgentControl> AgentControl::connect(const std::filesystem::path &socket) {
    auto connection = open_connection(socket);
    if (!connection)
        return std::move(connection).error();
    return AgentControl(socket, std::move(*connection));
}

Result<nlohmann::json> AgentControl::request(const nlohmann::json &question) {
    Fd connection = std::move(connection_);
    if (!connection.is_open()) {
        auto opened = open_connection(socket_);
        if (!opened)
            return std::move(opened).error();
        connection = std::move(*opened);
    }
    // A name from a command line may hold octets that are no UTF-8: replaced, never thrown on.
    const std::string text = question.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (text.size() > largest_agent_message)
        return Error{Stage::input, "request-too-large", "a request to the agent is too large"};
    if (::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0)
        return silent(socket_, errno);

    const auto deadline = Deadline::after(answer_timeout);
    std::vector<char> room(largest_agent_message);
    ssize_t size = -1;
    for (;;) {
        // MSG_TRUNC: the true size, so that an answer too large is noticed and not read as a cut one.
        size = ::recv(connection.get(), room.data(), room.size(), MSG_TRUNC);
        if (size >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
        if (!wait_readable(connection.get(), deadline))
            return silent(socket_, ETIMEDOUT);
    }
    if (size < 0)
        return silent(socket_, errno);
    if (size == 0)
        return silent(socket_, ECONNRESET);
    if (static_cast<std::size_t>(size) > room.size())
        return malformed_answer(socket_);

    auto answer = nlohmann::json::parse(room.data(), room.data() + size, nullptr, /*allow_exceptions=*/false);
    if (!answer.is_object() || !answer.contains("ok") || !answer["ok"].is_boolean())
        return malformed_answer(socket_);
    if (answer["ok"].get<bool>())
        return answer;
    if (auto error = error_from_json(answer.value("error", nlohmann::json())))
        return std::move(*error);
    return malformed_answer(socket_);
}

Result<AgentStatus> AgentControl::status() {
    auto answer = request({{"op", "status"}});
    if (!answer)
        return std::move(answer).error();
    AgentStatus status;
    const auto version = answer->find("version");
    if (version == answer->end() || !version->is_string())
        return malformed_answer(socket_);
    status.version = version->get<std::string>();
    for (const auto &[key, number] : {std::pair{"handshakes", &status.handshakes},
                                      {"failures", &status.failures},
                                      {"in_flight", &status.in_flight}}) {
        const auto found = answer->find(key);
        if (found == answer->end() || !found->is_number_unsigned())
            return malformed_answer(socket_);
        *number = found->get<std::uint64_t>();
    }
    return status;
}

Result<nlohmann::json> AgentControl::report() {
    return request({{"op", "status"}});
}

Status AgentControl::use_identity(std::string_view server, std::string_view identity, bool replace) {
    auto answer =
        request({{"op", "use-identity"}, {"server", server}, {"identity", identity}, {"replace", replace}});
    if (!answer)
        return std::move(answer).error();
    return {};
}

Status AgentControl::use_configuration(std::string_view server, bool replace) {
    auto answer = request({{"op", "use-configuration"}, {"server", server}, {"replace", replace}});
    if (!answer)
        return std::move(answer).error();
    return {};
}

Result<std::optional<Error>> AgentControl::last_failure(std::string_view server) {
    auto answer = request({{"op", "last-failure"}, {"server", server}});
    if (!answer)
        return std::move(answer).error();
    const auto failure = answer->find("failure");
    if (failure == answer->end() || failure->is_null())
        return std::optional<Error>();
    auto error = error_from_json(*failure);
    if (!error)
        return malformed_answer(socket_);
    return std::optional<Error>(std::move(error));
}

} // namespace rpctls::client
