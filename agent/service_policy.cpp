// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/service_policy.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"

#include <algorithm>

namespace rpctls::agent {

using client::AgentHandshakeRequest;

namespace {

constexpr std::size_t most_handshakes = 1024;

/// The words of a list, by commas, blanks around them left out.
std::vector<std::string> words_of(const std::string &list) {
    std::vector<std::string> words;
    for (const std::string_view part : split(list, ','))
        if (const auto word = trimmed(part); !word.empty())
            words.emplace_back(word);
    return words;
}

std::string words(const std::set<std::string> &all) {
    return join({all.begin(), all.end()}, ",");
}

template <class Id>
std::string numbers(const std::set<Id> &all) {
    std::set<std::string> texts;
    for (const Id id : all)
        texts.insert(std::to_string(id));
    return words(texts);
}

} // namespace

class ServicePolicy::Reader {
public:
    Reader(ServicePolicy &policy, const Accounts &accounts) : policy_(policy), accounts_(accounts) {}

    Status take(const Ini::Entry &entry) {
        if (entry.section == "service")
            return take_limit(entry);
        Rule &rule = rule_of(entry.section);
        if (entry.key == "users")
            return take_users(entry, rule);
        if (entry.key == "groups")
            return take_groups(entry, rule);
        if (entry.key == "roles")
            return take_roles(entry, rule);
        if (entry.key == "identity")
            return take_identity(entry, rule);
        warn(place(entry) + ": unknown option");
        return {};
    }

    void warn(std::string words) { policy_.warnings_.push_back(std::move(words)); }

private:
    std::string place(const Ini::Entry &entry) const {
        return policy_.origin_ + " line " + std::to_string(entry.line) + ": [" + printable(entry.section) +
               "] " + printable(entry.key);
    }

    Error bad_value(const Ini::Entry &entry, std::string expected) const {
        return Error{Stage::config, "config-value", place(entry) + ": value not understood"}
            .with("expected", std::move(expected))
            .with("seen", printable(entry.value));
    }

    Rule &rule_of(const std::string &section) {
        const auto found = std::ranges::find(policy_.rules_, section, &Rule::section);
        if (found != policy_.rules_.end())
            return *found;
        return policy_.rules_.emplace_back(Rule{.section = section});
    }

    Status take_limit(const Ini::Entry &entry) {
        if (entry.key != "most_per_user") {
            warn(place(entry) + ": unknown option");
            return {};
        }
        const auto number = parse_number(entry.value, most_handshakes);
        if (!number || *number == 0)
            return bad_value(entry, "a number from 1 to " + std::to_string(most_handshakes));
        policy_.most_per_user_ = *number;
        return {};
    }

    Status take_users(const Ini::Entry &entry, Rule &rule) {
        rule.users.clear();
        rule.any_user = false;
        for (const std::string &word : words_of(entry.value)) {
            if (word == "*")
                rule.any_user = true;
            else if (const auto uid = accounts_.user(word))
                rule.users.insert(*uid);
            else
                warn(place(entry) + ": there is no user " + printable(word));
        }
        return {};
    }

    Status take_groups(const Ini::Entry &entry, Rule &rule) {
        rule.groups.clear();
        for (const std::string &word : words_of(entry.value)) {
            if (const auto gid = accounts_.group(word))
                rule.groups.insert(*gid);
            else
                warn(place(entry) + ": there is no group " + printable(word));
        }
        return {};
    }

    Status take_roles(const Ini::Entry &entry, Rule &rule) {
        rule.client = rule.server = false;
        for (const std::string &word : words_of(entry.value)) {
            if (word != "client" && word != "server")
                return bad_value(entry, "client, server or both");
            (word == "client" ? rule.client : rule.server) = true;
        }
        return {};
    }

    Status take_identity(const Ini::Entry &entry, Rule &rule) {
        rule.anonymous = rule.configured = false;
        rule.identities.clear();
        for (const std::string &word : words_of(entry.value)) {
            if (word == "none")
                rule.anonymous = true;
            else if (word == "configured")
                rule.configured = true;
            else if (const auto valid = keys::check_identity_name(word); !valid)
                return bad_value(entry, "none, configured, or names of identities")
                    .advise(valid.error().hint);
            else
                rule.identities.insert(word);
        }
        return {};
    }

    ServicePolicy &policy_;
    const Accounts &accounts_;
};

Result<ServicePolicy> ServicePolicy::make(const tls::Settings &settings, const Accounts &accounts) {
    ServicePolicy policy;
    policy.origin_ = settings.origin.string();
    Reader reader(policy, accounts);
    for (const Ini::Entry &entry : settings.service)
        if (auto taken = reader.take(entry); !taken)
            return std::move(taken).error();
    for (const Rule &rule : policy.rules_)
        if (!rule.any_user && rule.users.empty() && rule.groups.empty())
            reader.warn(policy.origin_ + ": [" + printable(rule.section) +
                        "] lets nobody in: it names neither users nor groups that exist");
    return policy;
}

bool ServicePolicy::Rule::is_for(const ControlSender &sender) const {
    return any_user || users.contains(sender.uid) || groups.contains(sender.gid) ||
           std::ranges::any_of(sender.groups, [this](gid_t group) { return groups.contains(group); });
}

bool ServicePolicy::Rule::allows(const AgentHandshakeRequest &request) const {
    if (!(request.role == AgentHandshakeRequest::Role::client ? client : server))
        return false;
    switch (request.present) {
    case AgentHandshakeRequest::Present::nothing:
        return anonymous;
    case AgentHandshakeRequest::Present::configured:
        return configured;
    case AgentHandshakeRequest::Present::named:
        return identities.contains(request.identity);
    }
    return false;
}

Status ServicePolicy::check(const ControlSender &sender, const AgentHandshakeRequest &request) const {
    if (sender.uid == 0)
        return {};
    for (const Rule &rule : rules_)
        if (rule.is_for(sender) && rule.allows(request))
            return {};
    const bool client = request.role == AgentHandshakeRequest::Role::client;
    const std::string identity = request.present == AgentHandshakeRequest::Present::named ? request.identity
                                 : request.present == AgentHandshakeRequest::Present::configured
                                     ? "configured"
                                     : "none";
    return Error{Stage::config, "service-not-allowed", "the agent does not do this handshake for this user"}
        .with("uid", std::to_string(sender.uid))
        .with("role", client ? "client" : "server")
        .with("identity", identity)
        .with_errno(EPERM)
        .advise("allow it with users= or groups=, roles= and identity= in a section [service.NAME] of " +
                (origin_.empty() ? "/etc/rpctls/rpctls.conf" : origin_) + ", and reload rpctlsd");
}

std::set<std::pair<Role, std::string>> ServicePolicy::identities() const {
    std::set<std::pair<Role, std::string>> all;
    for (const Rule &rule : rules_)
        for (const std::string &name : rule.identities) {
            if (rule.client)
                all.emplace(Role::client, name);
            if (rule.server)
                all.emplace(Role::server, name);
        }
    return all;
}

std::set<std::string> service_identities(const tls::Settings &settings) {
    std::set<std::string> names;
    for (const Ini::Entry &entry : settings.service)
        if (entry.key == "identity")
            for (const std::string &word : words_of(entry.value))
                if (word != "none" && word != "configured" && keys::check_identity_name(word))
                    names.insert(word);
    return names;
}

std::string ServicePolicy::describe() const {
    std::string text;
    for (const Rule &rule : rules_) {
        std::set<std::string> roles, own = rule.identities;
        if (rule.client)
            roles.insert("client");
        if (rule.server)
            roles.insert("server");
        if (rule.anonymous)
            own.insert("none");
        if (rule.configured)
            own.insert("configured");
        text += "[" + printable(rule.section) + "] for users " + (rule.any_user ? "*" : numbers(rule.users)) +
                " and groups " + numbers(rule.groups) + ": roles " + words(roles) + ", identities " +
                words(own) + "\n";
    }
    return text;
}

} // namespace rpctls::agent
