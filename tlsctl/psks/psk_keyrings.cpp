// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/psks/psk_keyrings.hpp"

#include "rpc/keys/psk_keyring.hpp"
#include "rpc/tls/settings.hpp"

namespace rpctls::tlsctl {

Result<std::optional<keys::Serial>> PskKeyrings::find(const std::string &name) {
    if (!running_system_)
        return std::optional<keys::Serial>();
    if (const auto known = possessed_.find(name); known != possessed_.end())
        return std::optional(known->second);
    const auto serial = names_.find(name);
    if (!serial)
        return std::optional<keys::Serial>();
    if (auto possessed = keys::possess(*serial); !possessed)
        return std::move(possessed).error();
    possessed_.emplace(name, *serial);
    return serial;
}

Result<std::optional<keys::Serial>> PskKeyrings::find_or_make(const std::string &name) {
    auto found = find(name);
    if (!found || *found || !running_system_ || name.starts_with('.'))
        return found;
    const auto made = keys::make_keyring(name);
    if (!made)
        return made.error();
    if (auto possessed = keys::possess(*made); !possessed)
        return std::move(possessed).error();
    possessed_.emplace(name, *made);
    return std::optional(*made);
}

Result<std::vector<std::string>> configured_keyrings(const Context &context) {
    auto settings = tls::load_settings(std::nullopt, context.root);
    if (!settings)
        return std::move(settings).error();
    return std::move(settings->keyrings);
}

} // namespace rpctls::tlsctl
