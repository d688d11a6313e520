// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/identities/identity_uses.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/ini.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/identity_mounts.hpp"
#include "rpc/tls/settings.hpp"

#include <nlohmann/json.hpp>

#include <system_error>

namespace rpctls::tlsctl {

namespace {

constexpr const char *of_clients = "authenticate.client";

/// Whatever section it is in: `identity` names identities, one or several.
Status find_in_configuration(UsesOfIdentities &uses, const std::filesystem::path &root) {
    for (const auto &file : tls::default_settings_files(root)) {
        std::error_code ignored;
        if (!std::filesystem::exists(file, ignored))
            continue;
        const auto text = read_file(file);
        if (!text)
            return text.error();
        const auto ini = Ini::parse(*text, file.string());
        if (!ini)
            return ini.error();
        for (const Ini::Entry &entry : ini->entries()) {
            if (entry.key != "identity")
                continue;
            std::string words = entry.value;
            for (char &c : words)
                c = c == ',' || c == '\t' ? ' ' : c;
            for (const std::string_view word : split(words, ' '))
                if (!word.empty())
                    uses.by_identity[std::string(word)].sections.push_back(entry.section);
        }
        return {}; // the first that there is, as the agent does it
    }
    return {};
}

/// The one that clients prove unless a mount names another.
std::vector<std::string> *mounts_of_configured(UsesOfIdentities &uses) {
    for (auto &[name, use] : uses.by_identity)
        for (const std::string &section : use.sections)
            if (section == of_clients)
                return &use.mounts;
    return nullptr;
}

} // namespace

const UsesOfIdentities::Use &UsesOfIdentities::of(const std::string &name) const {
    static const Use none;
    const auto found = by_identity.find(name);
    return found == by_identity.end() ? none : found->second;
}

Result<UsesOfIdentities> find_uses(const Context &context) {
    UsesOfIdentities uses;
    if (auto read = find_in_configuration(uses, context.root); !read)
        return std::move(read).error();
    if (context.root != "/")
        return uses;
    const auto mounts = kernel::read_mounts();
    if (!mounts)
        return mounts.error();
    auto noted = keys::IdentityMounts(context.root).uses(*mounts);
    // Found before others are added: by what the configuration names now, a reconnect proves that.
    if (auto *configured = mounts_of_configured(uses))
        *configured = noted.by_configuration;
    for (auto &[name, points] : noted.by_identity) {
        auto &all = uses.by_identity[name].mounts;
        all.insert(all.end(), points.begin(), points.end());
    }
    uses.unknown_mounts = std::move(noted.unknown);
    return uses;
}

nlohmann::json uses_json(const UsesOfIdentities::Use &use) {
    auto mounts = nlohmann::json::array();
    for (const std::string &point : use.mounts)
        mounts.push_back(printable(point)); // a path is any octets, JSON is UTF-8
    return {{"mounts", std::move(mounts)}, {"configuration", use.sections}};
}

} // namespace rpctls::tlsctl
