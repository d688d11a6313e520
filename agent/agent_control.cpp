// SPDX-License-Identifier: LGPL-2.1-or-later
// What the agent answers on its control socket.
#include "agent/agent.hpp"

#include "agent/control_message.hpp"
#include "agent/outcome.hpp"

#include "rpc/base/error_json.hpp"

#include <nlohmann/json.hpp>

namespace rpctls::agent {

namespace {

using nlohmann::json;

/// Peers' octets may stand in errors: what is not UTF-8 is replaced, never thrown on.
std::string text(const json &answer) {
    return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

void Agent::control(ControlServer::Message message) {
    auto parsed = parse_control_request(message.text);
    const uid_t sender = message.sender.uid;
    const auto answer = message.answer;
    if (parsed)
        if (auto *handshake = std::get_if<client::AgentHandshakeRequest>(&*parsed)) {
            const auto admit = [this](const std::string &peer) {
                return stopping_ ? agent_stopping() : admission_.admit(peer);
            };
            return service_.take(std::move(message), std::move(*handshake), snapshot_, *workers_, admit);
        }
    if (parsed && !message.descriptors.empty())
        parsed = Error{Stage::input, "control-request-invalid", "this request takes no descriptors"};
    if (!parsed)
        return answer(text(refusal(parsed.error())));
    if (std::holds_alternative<StatusQuery>(*parsed))
        return answer(text(status()));
    if (const auto *query = std::get_if<LastFailureQuery>(&*parsed)) {
        const auto failure = records_.last_failure(query->server);
        return answer(text({{"ok", true}, {"failure", failure ? to_json(*failure) : json()}}));
    }
    if (sender != 0)
        return answer(text(refusal(system_error(
            Stage::input, "no-permission", "only root chooses the identity that a mount proves", EPERM))));
    if (const auto *choice = std::get_if<UseConfiguration>(&*parsed)) {
        const auto cleared = registrations_.clear(choice->server, choice->replace);
        return answer(text(cleared ? json{{"ok", true}} : refusal(cleared.error())));
    }
    use_identity(std::get<UseIdentity>(std::move(*parsed)), std::move(answer));
}

void Agent::use_identity(UseIdentity request, ControlServer::Answer answer) {
    if (auto allowed = registrations_.check(request.server, request.identity, request.replace); !allowed)
        return answer(text(refusal(allowed.error())));
    // Loading reads files: elsewhere, so that requests of the kernel do not wait for it.
    auto shared = std::make_shared<UseIdentity>(std::move(request));
    background_.run([this, shared, snapshot = snapshot_, answer = std::move(answer)] {
        const auto loaded = snapshot->load_named(Role::client, shared->identity);
        const auto failure = loaded ? std::optional<Error>() : loaded.error();
        asio::post(context_, [this, shared, snapshot, failure, answer] {
            if (failure)
                return answer(text(refusal(*failure)));
            if (snapshot != snapshot_) // another took its place meanwhile, and does not know this identity
                return use_identity(std::move(*shared), answer);
            if (auto set = registrations_.set(shared->server, shared->identity, shared->replace); !set)
                return answer(text(refusal(set.error())));
            (void)watch_files(snapshot_->settings());
            log_.write(Priority::info,
                       "mounts of " + shared->server + " from now on prove the identity " + shared->identity);
            answer(text({{"ok", true}}));
        });
    });
}

json Agent::status() const {
    json answer = status_json(state());
    answer["ok"] = true;
    answer["servers"] = registrations_.all();
    return answer;
}

} // namespace rpctls::agent
