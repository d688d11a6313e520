// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/settings.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/ini.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/tls/trust_place.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rpctls::tls {

namespace {

constexpr std::string_view client_section = "authenticate.client";
constexpr std::string_view server_section = "authenticate.server";

constexpr std::size_t most_keyrings = 16;
constexpr std::size_t longest_keyring_name = 255;

/// What tlshd.conf has and this program has no use for: no reason to warn of a sound file.
constexpr std::pair<std::string_view, std::string_view> without_effect[] = {
    {"debug", "nl"},
    {"debug", "delay_done"},
};

/// What tlshd.conf has and whoever set it relies on: said aloud.
constexpr std::pair<std::string_view, std::string_view> unsupported[] = {
    {"authenticate", "dane"},
    {"authenticate", "dane.trust_anchor"},
    {"authenticate", "dane.resolver"},
};

class Reader {
public:
    explicit Reader(const Ini &ini) : ini_(ini) {}

    Result<Settings> read(const std::filesystem::path &origin) {
        Settings settings;
        settings.origin = origin;
        for (const auto &entry : ini_.entries())
            if (auto taken = take(entry, settings); !taken)
                return std::move(taken).error();
        auto clients = ClientFilters::read(ini_);
        if (!clients)
            return std::move(clients).error();
        if (!clients->empty())
            settings.clients = std::make_shared<const ClientFilters>(std::move(*clients));
        auto pins = ServerPins::read(ini_);
        if (!pins)
            return std::move(pins).error();
        settings.server_pins = std::move(*pins);
        for (const auto &[section, role] :
             {std::pair(client_section, &settings.client), std::pair(server_section, &settings.server)})
            if (auto whole = check_whole(section, *role); !whole)
                return std::move(whole).error();
        return settings;
    }

private:
    std::string place(const Ini::Entry &entry) const {
        return ini_.origin() + " line " + std::to_string(entry.line) + ": [" + printable(entry.section) +
               "] " + printable(entry.key);
    }

    Error bad_value(const Ini::Entry &entry, std::string expected) const {
        return Error{Stage::config, "config-value", place(entry) + ": value not understood"}
            .with("expected", std::move(expected))
            .with("seen", printable(entry.value));
    }

    Status take_level(const Ini::Entry &entry, int &level) const {
        const auto number = parse_number(entry.value.empty() ? "0" : entry.value, 99);
        if (!number)
            return bad_value(entry, "a number from 0 to 99");
        level = static_cast<int>(*number);
        return {};
    }

    /// A later line wins, and an empty value takes an earlier one back: the stock file has its options empty.
    Status take_path(const Ini::Entry &entry, std::optional<std::filesystem::path> &path) const {
        path.reset();
        if (entry.value.empty())
            return {};
        if (entry.value.front() != '/')
            return bad_value(entry, "an absolute path");
        path = entry.value;
        return {};
    }

    Status take_post_quantum(const Ini::Entry &entry, std::optional<std::filesystem::path> &path,
                             Settings &settings) const {
        settings.pq_places.push_back(place(entry));
        return take_path(entry, path);
    }

    /// Names or serials, separated by semicolons.
    Status take_keyrings(const Ini::Entry &entry, std::vector<std::string> &keyrings) const {
        keyrings.clear();
        for (const std::string_view part : split(entry.value, ';')) {
            const std::string_view name = trimmed(part);
            if (name.empty())
                continue;
            if (name.size() > longest_keyring_name || keyrings.size() == most_keyrings ||
                printable(name) != name)
                return bad_value(entry, "at most " + std::to_string(most_keyrings) +
                                            " names or serials of keyrings, separated by semicolons");
            keyrings.emplace_back(name);
        }
        return {};
    }

    Status take_alpn(const Ini::Entry &entry, AlpnPolicy &policy) const {
        if (entry.value != "compatible" && entry.value != "strict" && !entry.value.empty())
            return bad_value(entry, "compatible or strict");
        policy = entry.value == "strict" ? AlpnPolicy::strict : AlpnPolicy::compatible;
        return {};
    }

    Status take_role(const Ini::Entry &entry, RoleSettings &role, Settings &settings) const {
        if (entry.key == "x509.truststore")
            return take_path(entry, role.truststore);
        if (entry.key == "x509.crl")
            return take_path(entry, role.crl);
        if (entry.key == "x509.certificate")
            return take_path(entry, role.certificate);
        if (entry.key == "x509.private_key")
            return take_path(entry, role.private_key);
        if (entry.key == "x509.pq.certificate")
            return take_post_quantum(entry, role.pq_certificate, settings);
        if (entry.key == "x509.pq.private_key")
            return take_post_quantum(entry, role.pq_private_key, settings);
        if (entry.key == "alpn")
            return take_alpn(entry, role.alpn);
        if (entry.key != "identity")
            return take_other(entry, settings);
        role.identity.reset();
        if (entry.value.empty())
            return {};
        if (const auto valid = keys::check_identity_name(entry.value); !valid)
            return bad_value(entry, "the name of an identity").advise(valid.error().hint);
        role.identity = entry.value;
        return {};
    }

    Status take_other(const Ini::Entry &entry, Settings &settings) const {
        if (is_client_filter(entry.section))
            return {}; // read together, see ClientFilters
        const std::pair<std::string_view, std::string_view> option(entry.section, entry.key);
        if (std::ranges::find(without_effect, option) != std::end(without_effect))
            return {};
        const bool known = std::ranges::find(unsupported, option) != std::end(unsupported);
        if (!known || !entry.value.empty())
            settings.warnings.push_back(place(entry) + (known ? ": has no effect here" : ": unknown option"));
        return {};
    }

    Status take(const Ini::Entry &entry, Settings &settings) const {
        if (entry.section == client_section)
            return take_role(entry, settings.client, settings);
        if (entry.section == server_section)
            return take_role(entry, settings.server, settings);
        if (entry.section == "debug" && entry.key == "loglevel")
            return take_level(entry, settings.debug_level);
        if (entry.section == "debug" && entry.key == "tls")
            return take_level(entry, settings.tls_debug_level);
        if (entry.section == "authenticate" && entry.key == "keyrings")
            return take_keyrings(entry, settings.keyrings);
        if (entry.section == "agent" && entry.key == "metrics")
            return take_path(entry, settings.metrics);
        // The mount helper's: what it demands of servers. Pins are read together, see ServerPins.
        if (entry.section == "mount" || entry.section.starts_with("mount."))
            return {};
        if (entry.section == "service" || entry.section.starts_with("service.")) {
            settings.service.push_back(entry);
            return {};
        }
        return take_other(entry, settings);
    }

    /// Half an identity is none: to go on without it would weaken what was asked for.
    Status check_whole(std::string_view section, const RoleSettings &role) const {
        const auto fault = [&](std::string what) -> Error {
            return Error{Stage::config, "config-value",
                         ini_.origin() + ": [" + std::string(section) + "] " + std::move(what)};
        };
        if (role.certificate.has_value() != role.private_key.has_value())
            return fault(role.certificate ? "x509.certificate stands without x509.private_key"
                                          : "x509.private_key stands without x509.certificate")
                .advise("give both, or neither");
        if (role.identity && role.certificate)
            return fault("identity and x509.certificate are both given").advise("keep one of them");
        return {};
    }

    const Ini &ini_;
};

Result<Settings> load_file(const std::filesystem::path &file) {
    const auto text = read_file(file);
    if (!text)
        return text.error();
    const auto ini = Ini::parse(*text, file.string());
    if (!ini)
        return ini.error();
    return Reader(*ini).read(file);
}

Result<Settings> load_first(const std::optional<std::filesystem::path> &file,
                            const std::filesystem::path &root) {
    if (file)
        return load_file(*file);
    for (const std::filesystem::path &candidate : default_settings_files(root)) {
        auto settings = load_file(candidate);
        if (settings || settings.error().name != "file-missing")
            return settings;
    }
    return Settings{};
}

void use_kept_trust(TrustRole which, RoleSettings &role, const std::filesystem::path &root) {
    const auto kept = kept_truststore(which, root);
    if (role.truststore || !has_kept_truststore(kept))
        return;
    role.truststore = kept;
    role.truststore_is_kept = true;
}

} // namespace

std::vector<std::filesystem::path> default_settings_files(const std::filesystem::path &root) {
    return {root / "etc/rpctls/rpctls.conf", root / "etc/tlshd/config", root / "etc/tlshd.conf"};
}

Result<Settings> load_settings(const std::optional<std::filesystem::path> &file,
                               const std::filesystem::path &root) {
    auto settings = load_first(file, root);
    if (settings) {
        use_kept_trust(TrustRole::client, settings->client, root);
        use_kept_trust(TrustRole::server, settings->server, root);
    }
    return settings;
}

void forget_kept_trust(Settings &settings) {
    for (RoleSettings *role : {&settings.client, &settings.server})
        if (std::exchange(role->truststore_is_kept, false))
            role->truststore.reset();
}

} // namespace rpctls::tls
