// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/keyring_contents.hpp"
#include "rpc/keys/proc_keys.hpp"
#include "rpc/keys/psk.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/psks/psk_keyrings.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

namespace rpctls::tlsctl {

namespace {

constexpr std::size_t largest_proc_keys = 16 * 1024 * 1024;

/// What a key is to us, by its type and description alone: a payload is never read here.
std::string kind_of(const keys::KeyDescription &key) {
    const std::string_view text = key.description;
    if (key.type == "keyring")
        return "keyring";
    if (key.type == keys::nvme_psk_type)
        return "PSK";
    if (key.type != keys::user_psk_type)
        return "";
    if (text.starts_with("nfs:x509:"))
        return text.ends_with(":cert")      ? "identity's certificate"
               : text.ends_with(":privkey") ? "identity's private key"
                                            : "";
    if (text.starts_with("psk-") && text.ends_with("-id"))
        return "tls_hs identity";
    if (text.starts_with("psk-") && text.ends_with("-master"))
        return "tls_hs PSK";
    return keys::can_be_psk_identity(text) ? "PSK" : "";
}

/// As keyctl show has it: possessor, owner, group, others; a letter for each of setattr, link, search, write, read,
/// view that is allowed.
std::string permission_words(std::uint32_t permissions) {
    static constexpr std::string_view letters = "alswrv";
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) {
        text += text.empty() ? "" : ":";
        for (std::size_t bit = 0; bit < letters.size(); ++bit)
            text += (permissions >> shift >> (5 - bit) & 1) != 0 ? letters[bit] : '-';
    }
    return text;
}

std::string hexadecimal(std::uint32_t value) {
    char text[16];
    std::snprintf(text, sizeof text, "%08x", value);
    return text;
}

/// How long each key is to live yet, which only /proc/keys says.
std::map<keys::Serial, std::string> lifetimes() {
    std::map<keys::Serial, std::string> found;
    const auto text = read_file("/proc/keys", largest_proc_keys);
    if (!text)
        return found;
    for (const std::string_view line : split(*text, '\n'))
        if (const auto key = keys::parse_proc_key(line))
            found.emplace(key->serial, key->revoked             ? "revoked"
                                       : key->expired           ? "expired"
                                       : key->timeout == "perm" ? "never"
                                                                : "in " + std::string(key->timeout));
    return found;
}

class Showing {
public:
    explicit Showing(const Context &context) : keyrings_(context) { json_ = nlohmann::json::array(); }

    Status show(const std::string &name) {
        const auto keyring = keyrings_.find(name);
        if (!keyring)
            return keyring.error();
        nlohmann::json keyring_json = {
            {"name", name}, {"serial", nullptr}, {"keys", nlohmann::json::array()}};
        if (*keyring) {
            if (!read_lifetimes_)
                lifetimes_ = lifetimes(); // after possession: it shows what we may see
            read_lifetimes_ = true;
            keyring_json["serial"] = **keyring;
            for (const keys::Serial serial : keys::keyring_contents(**keyring))
                add(name, serial, keyring_json["keys"]);
            if (keyring_json["keys"].empty())
                rows_.push_back({name, "", "", "", "", "", "(empty)"});
        } else {
            rows_.push_back({name, "", "", "", "", "", "(no such keyring)"});
        }
        json_.push_back(std::move(keyring_json));
        return {};
    }

    Report report() && {
        Report report;
        report.json["keyrings"] = std::move(json_);
        report.text =
            table({"KEYRING", "SERIAL", "TYPE", "KIND", "PERMISSIONS", "EXPIRES", "DESCRIPTION"}, rows_);
        return report;
    }

private:
    void add(const std::string &name, keys::Serial serial, nlohmann::json &into) {
        const auto left = lifetimes_.find(serial);
        const std::string expires = left == lifetimes_.end() ? "" : left->second;
        auto key = keys::describe_key(serial);
        if (!key) { // revoked, expired, or hidden from us
            rows_.push_back({name, std::to_string(serial), "", "", "", expires, "(cannot be described)"});
            into.push_back({{"serial", serial}, {"expires", expires}});
            return;
        }
        const std::string kind = kind_of(*key);
        rows_.push_back({name, std::to_string(serial), key->type, kind, permission_words(key->permissions),
                         expires, key->description});
        into.push_back({{"serial", serial},
                        {"type", key->type},
                        {"kind", kind},
                        {"owner", key->owner},
                        {"group", key->group},
                        {"permissions", hexadecimal(key->permissions)},
                        {"expires", expires},
                        {"description", key->description}});
    }

    PskKeyrings keyrings_;
    std::map<keys::Serial, std::string> lifetimes_;
    bool read_lifetimes_ = false;
    nlohmann::json json_;
    std::vector<std::vector<std::string>> rows_;
};

Result<Report> show(std::vector<std::string> names, const Context &context) {
    if (context.root != "/")
        return usage_error("keyrings are the running system's", "leave --root out");
    if (names.empty()) {
        names = {".nfs", ".nfsd", nvme_keyring};
        const auto configured = configured_keyrings(context);
        if (!configured)
            return configured.error();
        for (const std::string &name : *configured)
            if (std::ranges::find(names, name) == names.end())
                names.push_back(name);
    }
    Showing showing(context);
    for (const std::string &name : names)
        if (auto shown = showing.show(name); !shown)
            return std::move(shown).error();
    return std::move(showing).report();
}

} // namespace

void add_keyring_show(Command parent, Context &context) {
    const Command command = add_command(
        parent, "show", "What the keyrings hold that handshakes take keys from; never a key itself",
        "  tlsctl keyring show\n"
        "  tlsctl keyring show .nvme --json | jq -r '.keyrings[].keys[].description'\n");
    const auto names = std::make_shared<std::vector<std::string>>();
    command.add_option("KEYRING", *names, "These instead of .nfs, .nfsd, .nvme and the configured ones")
        .type_name(" ");
    command.callback(
        [names, &context] { context.selected = [names, &context] { return show(*names, context); }; });
}

} // namespace rpctls::tlsctl
