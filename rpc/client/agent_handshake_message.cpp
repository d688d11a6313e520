// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/agent_handshake_message.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/tls/certificate.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace rpctls::client {

namespace {

using nlohmann::json;
using Request = AgentHandshakeRequest;

template <class Value>
using Words = std::array<std::pair<std::string_view, Value>, 3>;

constexpr Words<Request::Present> presents{{{"nothing", Request::Present::nothing},
                                            {"configured", Request::Present::configured},
                                            {"named", Request::Present::named}}};
constexpr Words<tls::AlpnPolicy> policies{{{"compatible", tls::AlpnPolicy::compatible},
                                           {"strict", tls::AlpnPolicy::strict},
                                           {"none", tls::AlpnPolicy::none}}};

template <class Value>
std::string_view word_for(const Words<Value> &words, Value value) {
    return std::ranges::find(words, value, &std::pair<std::string_view, Value>::second)->first;
}

Error invalid(std::string why) {
    return Error{Stage::input, "control-request-invalid", "the agent does not understand this request"}.with(
        "reason", std::move(why));
}

/// Takes an object's members one by one; whatever is wrong or left over makes the whole invalid.
class Members {
public:
    explicit Members(const json &object) : object_(object) {}

    std::optional<std::string> text(const char *key, std::size_t longest) {
        const json *found = find(key);
        if (found == nullptr)
            return {};
        if (!found->is_string() || found->get_ref<const std::string &>().size() > longest) {
            fault(key, "no text, or longer than " + std::to_string(longest) + " octets");
            return {};
        }
        return found->get<std::string>();
    }

    std::optional<std::string> printable_text(const char *key, std::size_t longest) {
        auto seen = text(key, longest);
        if (seen && printable(*seen) != *seen)
            fault(key, "not printable");
        return seen;
    }

    std::vector<std::string> texts(const char *key, std::size_t most, std::size_t longest) {
        const json *found = find(key);
        std::vector<std::string> all;
        if (found == nullptr)
            return all;
        if (!found->is_array() || found->size() > most) {
            fault(key, "no list, or of more than " + std::to_string(most));
            return all;
        }
        for (const json &one : *found) {
            const auto *text = one.get_ptr<const std::string *>();
            if (text == nullptr || text->size() > longest || printable(*text) != *text) {
                fault(key, "holds what is no word");
                return {};
            }
            all.push_back(*text);
        }
        return all;
    }

    bool flag(const char *key) {
        const json *found = find(key);
        if (found != nullptr && !found->is_boolean())
            fault(key, "neither true nor false");
        return found != nullptr && found->is_boolean() && found->get<bool>();
    }

    std::optional<std::uint64_t> number(const char *key, std::uint64_t largest) {
        const json *found = find(key);
        if (found == nullptr)
            return {};
        if (!found->is_number_unsigned() || found->get<std::uint64_t>() < 1 ||
            found->get<std::uint64_t>() > largest) {
            fault(key, "no number from 1 to " + std::to_string(largest));
            return {};
        }
        return found->get<std::uint64_t>();
    }

    template <class Value>
    void word(const char *key, const Words<Value> &words, Value &value) {
        const auto seen = text(key, 32);
        const auto found = std::ranges::find(words, seen.value_or(std::string(word_for(words, value))),
                                             &std::pair<std::string_view, Value>::first);
        if (found != words.end())
            value = found->second;
        else
            fault(key, "unknown value");
    }

    bool has(const char *key) const { return object_.contains(key); }

    void fault(const char *key, const std::string &why) {
        if (!fault_)
            fault_ = "\"" + std::string(key) + "\": " + why;
    }

    const std::optional<std::string> &first_fault() const { return fault_; }

    /// The same, when every member must be a known one.
    std::optional<std::string> verdict() {
        for (const auto &[key, value] : object_.items())
            if (std::ranges::find(taken_, key) == taken_.end())
                fault(printable(key.substr(0, 64)).c_str(), "unknown member");
        return fault_;
    }

private:
    const json *find(const char *key) {
        taken_.emplace_back(key);
        const auto found = object_.find(key);
        return found == object_.end() ? nullptr : &*found;
    }

    const json &object_;
    std::vector<std::string> taken_;
    std::optional<std::string> fault_;
};

bool is_protocol_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
}

/// What one role asks for is senseless in the other: refused rather than passed over.
void check_role(Members &members, const Request &request) {
    const bool client = request.role == Request::Role::client;
    if (client && request.server_name.empty())
        members.fault("server", "a client must say whom it expects");
    if (!client && members.has("server"))
        members.fault("server", "only a client expects one");
    if (client && members.has("require_client_certificate"))
        members.fault("require_client_certificate", "only a server can");
    if (!client && request.present == Request::Present::nothing)
        members.fault("present", "a server needs a certificate");
    const bool named = request.present == Request::Present::named;
    if (named != members.has("identity"))
        members.fault("identity", named ? "missing" : "goes with \"named\" only");
    if (named)
        if (const auto valid = keys::check_identity_name(request.identity); !valid)
            members.fault("identity", valid.error().what);
    if (!is_protocol_name(request.protocol))
        members.fault("protocol", "not printable ASCII");
    if (request.alpn == tls::AlpnPolicy::none && members.has("protocol"))
        members.fault("protocol", "goes not with \"alpn\":\"none\"");
}

std::optional<std::vector<std::byte>> from_hex(std::string_view text) {
    std::vector<std::byte> octets;
    const auto digit = [](char c) -> unsigned {
        return c >= '0' && c <= '9' ? unsigned(c - '0') : c >= 'a' && c <= 'f' ? unsigned(c - 'a' + 10) : 16u;
    };
    if (text.size() % 2 != 0)
        return {};
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const unsigned high = digit(text[i]), low = digit(text[i + 1]);
        if (high > 15 || low > 15)
            return {};
        octets.push_back(static_cast<std::byte>(high << 4 | low));
    }
    return octets;
}

Error malformed(std::string why) {
    return Error{Stage::kernel, "agent-answer-malformed", "the agent's account of a session makes no sense"}
        .with("reason", std::move(why))
        .advise("restart rpctlsd: it may be of another version than this program");
}

} // namespace

json to_json(const AgentHandshakeRequest &request) {
    json object{{"op", "handshake"},
                {"role", request.role == Request::Role::client ? "client" : "server"},
                {"present", word_for(presents, request.present)},
                {"alpn", word_for(policies, request.alpn)}};
    if (request.role == Request::Role::client)
        object["server"] = request.server_name;
    else
        object["require_client_certificate"] = request.require_client_certificate;
    if (request.present == Request::Present::named)
        object["identity"] = request.identity;
    if (request.alpn != tls::AlpnPolicy::none)
        object["protocol"] = request.protocol;
    object["timeout"] = static_cast<std::uint64_t>(std::max<std::int64_t>(request.timeout.count(), 0));
    return object;
}

Result<AgentHandshakeRequest> agent_handshake_request(const json &object) {
    if (!object.is_object())
        return invalid("not a JSON object");
    Members members(object);
    Request request;
    if (members.text("op", 32) != "handshake")
        members.fault("op", "not a handshake");
    const auto role = members.text("role", 32);
    if (role != "client" && role != "server")
        members.fault("role", "neither client nor server");
    request.role = role == "server" ? Request::Role::server : Request::Role::client;
    request.server_name = members.text("server", 255).value_or("");
    members.word("present", presents, request.present);
    request.identity = members.text("identity", 64).value_or("");
    request.require_client_certificate = members.flag("require_client_certificate");
    members.word("alpn", policies, request.alpn);
    request.protocol = members.text("protocol", 255).value_or("sunrpc");
    if (const auto time =
            members.number("timeout", static_cast<std::uint64_t>(longest_agent_handshake.count())))
        request.timeout = std::chrono::milliseconds(*time);
    check_role(members, request);
    if (const auto fault = members.verdict())
        return invalid(*fault);
    return request;
}

json to_json(const AgentSession &session) {
    const tls::SessionFacts &facts = session.facts;
    return {{"version", facts.version},
            {"cipher", facts.cipher},
            {"group", facts.group},
            {"signature", facts.signature},
            {"alpn", facts.alpn ? json(printable(*facts.alpn)) : json()},
            {"certificate_requested", facts.certificate_requested},
            {"certificate_sent", facts.certificate_sent},
            {"peer_authenticated", facts.peer_authenticated},
            {"tags", facts.tags},
            {"peer_chain", facts.peer_chain.empty() ? std::string() : tls::to_pem(facts.peer_chain)},
            {"channel_binding", hex(session.channel_binding)}};
}

Result<AgentSession> agent_session(const json &object) {
    if (!object.is_object())
        return malformed("not an object");
    Members members(object);
    AgentSession session;
    tls::SessionFacts &facts = session.facts;
    // An agent of a later version may tell more: what is left over is its business, here.
    for (const auto &[key, text] : {std::pair{"version", &facts.version},
                                    {"cipher", &facts.cipher},
                                    {"group", &facts.group},
                                    {"signature", &facts.signature}})
        *text = members.printable_text(key, 64).value_or("");
    if (object.contains("alpn") && !object["alpn"].is_null())
        facts.alpn = members.printable_text("alpn", 1024);
    facts.certificate_requested = members.flag("certificate_requested");
    facts.certificate_sent = members.flag("certificate_sent");
    facts.peer_authenticated = members.flag("peer_authenticated");
    if (const auto chain = members.text("peer_chain", largest_agent_session); chain && !chain->empty()) {
        auto parsed = tls::parse_chain(as_bytes(*chain), "the agent's answer");
        if (!parsed)
            return malformed(summary(parsed.error()));
        facts.peer_chain = std::move(*parsed);
    }
    facts.tags = members.texts("tags", 256, 64);
    const auto binding_text = members.text("channel_binding", 128);
    if (const auto &fault = members.first_fault())
        return malformed(*fault);
    auto binding = from_hex(binding_text.value_or(""));
    if (!binding || facts.version.empty() || facts.cipher.empty())
        return malformed("no version, suite or channel binding");
    session.channel_binding = std::move(*binding);
    if (facts.peer_authenticated && facts.peer_chain.empty())
        return malformed("an authenticated peer without a certificate");
    return session;
}

} // namespace rpctls::client
