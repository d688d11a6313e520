// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/agent_handshake_message.hpp"

#include "rpc/base/text.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <nlohmann/json.hpp>

using namespace rpctls;

/// Requests come to the agent from any user of the host, accounts of sessions to a program from the agent.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto object = nlohmann::json::parse(data, data + size, nullptr, /*allow_exceptions=*/false);
    if (const auto request = client::agent_handshake_request(object)) {
        const bool is_client = request->role == client::AgentHandshakeRequest::Role::client;
        const bool named = request->present == client::AgentHandshakeRequest::Present::named;
        fuzz::require(is_client != request->server_name.empty());
        fuzz::require(named != request->identity.empty());
        fuzz::require(is_client || request->present != client::AgentHandshakeRequest::Present::nothing);
        fuzz::require(request->timeout.count() >= 1 && request->timeout <= client::longest_agent_handshake);
        // A server's name may be no UTF-8; what is sent of it is then another name, and refused or not by its proof.
        if (printable(request->server_name) == request->server_name) {
            const auto again = client::agent_handshake_request(client::to_json(*request));
            fuzz::require(again.has_value() && client::to_json(*again) == client::to_json(*request));
        }
    } else {
        fuzz::require(request.error().name == "control-request-invalid");
    }
    if (const auto session = client::agent_session(object)) {
        fuzz::require(!session->facts.peer_authenticated || !session->facts.peer_chain.empty());
        fuzz::require(session->channel_binding.size() <= 64);
        fuzz::require(client::agent_session(client::to_json(*session)).has_value());
    } else {
        fuzz::require(session.error().name == "agent-answer-malformed");
    }
    return 0;
}
