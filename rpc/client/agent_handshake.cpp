// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/agent_handshake.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/client/agent_connection.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

namespace rpctls::client {

namespace {

/// What an agent may take beyond the handshake's own time, on a busy machine.
constexpr std::chrono::milliseconds grace{2000};

Result<AgentSession> read_answer(const nlohmann::json &answer, const std::filesystem::path &socket,
                                 bool &untouched) {
    if (answer.at("ok").get<bool>())
        return agent_session(answer.value("session", nlohmann::json()));
    auto error = error_from_json(answer.value("error", nlohmann::json()));
    untouched = error && !answer.contains("socket");
    return error ? std::move(*error) : malformed_answer(socket);
}

} // namespace

AgentHandshakeReport agent_handshake(int fd, const AgentHandshakeRequest &request,
                                     const std::filesystem::path &socket,
                                     const std::function<Status(int)> &protected_now) {
    AgentHandshakeReport report;
    if (::fcntl(fd, F_GETFD) < 0) {
        report.failure = system_error(Stage::input, "socket-unsuitable", "this is no open socket", errno);
        return report;
    }
    auto connection = open_agent_connection(socket);
    if (!connection) {
        report.failure = std::move(connection).error();
        return report;
    }
    if (auto sent = send_to_agent(connection->get(), to_json(request), socket, fd); !sent) {
        report.failure = std::move(sent).error();
        return report;
    }
    bool untouched = false;
    auto session = [&]() -> Result<AgentSession> {
        auto answer = agent_answer(connection->get(), socket, Deadline::after(request.timeout + grace),
                                   largest_agent_session);
        if (!answer)
            return std::move(answer).error();
        return read_answer(*answer, socket, untouched);
    }();
    // Not taken on trust: after this the caller writes secrets to the socket.
    if (session)
        if (auto safe = protected_now(fd); !safe)
            session = std::move(safe).error();
    if (session) {
        report.session = std::move(*session);
        return report;
    }
    report.failure = std::move(session).error();
    report.socket_ended = !untouched;
    if (report.socket_ended)
        (void)::shutdown(fd, SHUT_RDWR);
    return report;
}

} // namespace rpctls::client
