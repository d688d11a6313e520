// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/mount_policy.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/server_name.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"

#include <algorithm>

namespace rpctls::client {

namespace {

constexpr std::string_view section = "mount";
constexpr std::string_view prefix = "mount.";

Error bad(const Ini &configuration, const Ini::Entry &entry, std::string what, std::string expected) {
    return Error{Stage::config, "config-value",
                 configuration.origin() + " line " + std::to_string(entry.line) + ": [" +
                     printable(entry.section) + "] " + printable(entry.key) + ": " + std::move(what)}
        .with("expected", std::move(expected))
        .with("seen", printable(entry.value));
}

Status take(const Ini &configuration, const Ini::Entry &entry, MountPolicy &policy) {
    if (entry.key == "minimum") {
        if (const auto level = protection_named(entry.value)) {
            policy.minimum = *level;
            return {};
        }
        return bad(configuration, entry, "value not understood", "none, tls or mtls");
    }
    if (entry.key == "identity") {
        if (const auto valid = keys::check_identity_name(entry.value); !valid)
            return bad(configuration, entry, "value not understood", "the name of an identity");
        policy.identity = entry.value;
        return {};
    }
    if (entry.key == "pin") {
        policy.pinned = true; // the pins themselves are read with the settings: see tls::ServerPins
        return {};
    }
    return bad(configuration, entry, "unknown option", "minimum, identity or pin");
}

} // namespace

std::string_view to_string(Protection protection) {
    return protection == Protection::mtls ? "mtls" : protection == Protection::tls ? "tls" : "none";
}

std::optional<Protection> protection_named(std::string_view word) {
    for (const auto protection : {Protection::none, Protection::tls, Protection::mtls})
        if (word == to_string(protection))
            return protection;
    return std::nullopt;
}

Result<MountPolicy> policy_for(const Ini &configuration, std::string_view server) {
    const std::string name = normal_server_name(server);
    MountPolicy policy;
    // What is said of one server counts more than what is said of all, wherever it stands.
    for (const bool of_server : {false, true})
        for (const Ini::Entry &entry : configuration.entries()) {
            const bool matches =
                of_server
                    ? entry.section.starts_with(prefix) &&
                          normal_server_name(std::string_view(entry.section).substr(prefix.size())) == name
                    : entry.section == section;
            if (!matches)
                continue;
            if (auto taken = take(configuration, entry, policy); !taken)
                return std::move(taken).error();
        }
    // Who demands a certain key demands that somebody looks at it.
    if (policy.pinned)
        policy.minimum = std::max(policy.minimum, Protection::tls);
    return policy;
}

Result<MountPolicy> load_policy(std::string_view server, const std::filesystem::path &root) {
    const auto file = root / "etc/rpctls/rpctls.conf";
    const auto text = read_file(file);
    if (!text && text.error().name == "file-missing")
        return MountPolicy{};
    if (!text)
        return text.error();
    const auto configuration = Ini::parse(*text, file.string());
    if (!configuration)
        return configuration.error();
    return policy_for(*configuration, server);
}

Status check_minimum(Protection protection, const MountPolicy &policy, std::string_view server) {
    if (protection >= policy.minimum)
        return {};
    return Error{Stage::config, "below-minimum",
                 "this host does not mount this server with so little protection"}
        .with("server", printable(server))
        .with("minimum", std::string(to_string(policy.minimum)))
        .with("seen", "xprtsec=" + std::string(to_string(protection)))
        .advise("mount with xprtsec=" + std::string(to_string(policy.minimum)) +
                ", or change minimum= (or pin=, which asks for TLS) in [mount] or [mount.SERVER] of "
                "/etc/rpctls/rpctls.conf");
}

} // namespace rpctls::client
