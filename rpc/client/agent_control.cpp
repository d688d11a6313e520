// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/agent_control.hpp"

#include "rpc/base/deadline.hpp"
#include "rpc/base/error_json.hpp"
#include "rpc/client/agent_connection.hpp"

#include <nlohmann/json.hpp>

namespace rpctls::client {

AgentControl::AgentControl(std::filesystem::path socket, Fd connection)
    : socket_(std::move(socket)), connection_(std::move(connection)) {}

Result<AgentControl> AgentControl::connect(const std::filesystem::path &socket) {
    auto connection = open_agent_connection(socket);
    if (!connection)
        return std::move(connection).error();
    return AgentControl(socket, std::move(*connection));
}

Result<nlohmann::json> AgentControl::request(const nlohmann::json &question) {
    Fd connection = std::move(connection_);
    if (!connection.is_open()) {
        auto opened = open_agent_connection(socket_);
        if (!opened)
            return std::move(opened).error();
        connection = std::move(*opened);
    }
    if (auto sent = send_to_agent(connection.get(), question, socket_); !sent)
        return std::move(sent).error();
    auto received =
        agent_answer(connection.get(), socket_, Deadline::after(answer_timeout), largest_agent_message);
    if (!received)
        return received;
    const auto &answer = *received;
    if (answer.at("ok").get<bool>())
        return received;
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
