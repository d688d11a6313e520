// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/registrations.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace rpctls::agent {

namespace {

constexpr std::size_t longest_server = 255;

Error input_error(std::string name, std::string what) {
    Error error;
    error.stage = Stage::input;
    error.name = std::move(name);
    error.what = std::move(what);
    return error;
}

Error conflict(std::string_view server, const std::string &registered, std::string_view asked) {
    Error error;
    error.stage = Stage::keyring;
    error.name = "identity-conflict";
    error.what = "mounts of " + std::string(server) + " use another identity";
    return std::move(error)
        .with("registered", registered)
        .with("asked for", std::string(asked))
        .advise(
            "unmount what is mounted from this server, or use the same identity: this kernel tells mounts "
            "apart by server only");
}

Status check_server(std::string_view server) {
    const bool plain = std::all_of(server.begin(), server.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (server.empty() || server.size() > longest_server || !plain)
        return input_error("server-name-invalid", "not a server's name or address: \"" +
                                                      printable(server.substr(0, longest_server)) + "\"");
    return {};
}

} // namespace

Result<Registrations> Registrations::load(std::filesystem::path file) {
    Registrations registrations(std::move(file));
    const auto text = read_file(registrations.file_);
    if (!text && text.error().name == "file-missing")
        return registrations;
    if (!text)
        return text.error();
    const auto json = nlohmann::json::parse(*text, nullptr, false);
    const auto unreadable = [&] {
        return input_error("registrations-unreadable", "cannot make sense of " + registrations.file_.string())
            .advise("remove it; mounts register their identities again when they are made");
    };
    if (!json.is_object() || !json.contains("servers") || !json["servers"].is_object())
        return unreadable();
    for (const auto &[server, identity] : json["servers"].items()) {
        if (!identity.is_string() || !check_server(server) || registrations.servers_.size() >= most_servers ||
            !keys::check_identity_name(identity.get_ref<const std::string &>()))
            return unreadable();
        registrations.servers_.emplace(lower_case(server), identity.get<std::string>());
    }
    return registrations;
}

std::optional<std::string> Registrations::find(std::string_view server) const {
    const auto found = servers_.find(lower_case(server));
    if (found == servers_.end())
        return {};
    return found->second;
}

std::set<std::string> Registrations::identities() const {
    std::set<std::string> names;
    for (const auto &[server, identity] : servers_)
        names.insert(identity);
    return names;
}

Status Registrations::check(std::string_view server, std::string_view identity, bool replace) const {
    if (auto valid = check_server(server); !valid)
        return valid;
    if (auto valid = keys::check_identity_name(identity); !valid)
        return valid;
    const auto registered = find(server);
    if (!registered && servers_.size() >= most_servers)
        return input_error("registrations-full", "identities are registered for too many servers")
            .with("limit", std::to_string(most_servers));
    if (registered && *registered != identity && !replace)
        return conflict(server, *registered, identity);
    return {};
}

Status Registrations::set(std::string_view server, std::string_view identity, bool replace) {
    if (auto allowed = check(server, identity, replace); !allowed)
        return allowed;
    if (find(server) == identity)
        return {};
    auto changed = servers_;
    changed.insert_or_assign(lower_case(server), std::string(identity));
    return write(std::move(changed));
}

Status Registrations::clear(std::string_view server, bool replace) {
    if (auto valid = check_server(server); !valid)
        return valid;
    const auto registered = find(server);
    if (!registered)
        return {};
    if (!replace)
        return conflict(server, *registered, "the configuration's");
    auto changed = servers_;
    changed.erase(lower_case(server));
    return write(std::move(changed));
}

Status Registrations::write(std::map<std::string, std::string> changed) {
    const std::string text = nlohmann::json{{"servers", changed}}.dump(2) + "\n";
    if (auto written = write_file(file_, as_bytes(text), 0600); !written)
        return written;
    servers_ = std::move(changed);
    return {};
}

} // namespace rpctls::agent
