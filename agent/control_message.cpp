// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/control_message.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/text.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace rpctls::agent {

namespace {

using nlohmann::json;

Error invalid(std::string why) {
    Error error;
    error.stage = Stage::input;
    error.name = "control-request-invalid";
    error.what = "the agent does not understand this request";
    return std::move(error).with("reason", std::move(why));
}

std::optional<std::string> text_of(const json &object, const char *key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string())
        return {};
    return found->get<std::string>();
}

} // namespace

Result<ControlRequest> parse_control_request(std::string_view text) {
    if (text.size() > longest_control_message)
        return invalid("longer than " + std::to_string(longest_control_message) + " octets");
    const json object = json::parse(text, nullptr, false);
    if (!object.is_object())
        return invalid("not a JSON object");
    const auto op = text_of(object, "op");
    if (!op)
        return invalid("no \"op\"");
    if (*op == "status")
        return ControlRequest(StatusQuery{});
    if (*op == "handshake") {
        auto handshake = client::agent_handshake_request(object);
        return handshake ? Result<ControlRequest>(std::move(*handshake)) : std::move(handshake).error();
    }
    auto server = text_of(object, "server");
    if (*op == "last-failure" && server)
        return ControlRequest(LastFailureQuery{std::move(*server)});
    const bool chooses = *op == "use-identity" || *op == "use-configuration";
    if (chooses && server) {
        const auto replace = object.find("replace");
        if (replace != object.end() && !replace->is_boolean())
            return invalid("\"replace\" is neither true nor false");
        const bool may_replace = replace != object.end() && replace->get<bool>();
        if (*op == "use-configuration")
            return ControlRequest(UseConfiguration{std::move(*server), may_replace});
        auto identity = text_of(object, "identity");
        if (!identity)
            return invalid("no \"identity\"");
        return ControlRequest(UseIdentity{std::move(*server), std::move(*identity), may_replace});
    }
    if (chooses || *op == "last-failure")
        return invalid("no \"server\"");
    return invalid("unknown \"op\" " + printable(op->substr(0, 64)));
}

json refusal(const Error &error) {
    return {{"ok", false}, {"error", to_json(error)}};
}

} // namespace rpctls::agent
