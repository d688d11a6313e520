// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/server_pins.hpp"

#include "rpc/base/server_name.hpp"
#include "rpc/base/text.hpp"

#include <algorithm>

namespace rpctls::tls {

namespace {

constexpr std::string_view section_of_all = "mount";
constexpr std::string_view section_prefix = "mount.";
constexpr std::size_t most_pins = 1024;

} // namespace

Result<std::string> parse_pin(std::string_view text) {
    std::string digits = lower_case(text);
    std::erase(digits, ':');
    const bool hexadecimal =
        std::ranges::all_of(digits, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (digits.size() != 64 || !hexadecimal)
        return Error{Stage::config, "config-value", "not a SHA-256 in hexadecimal"}.with(
            "seen", printable(text.substr(0, 100)));
    return digits;
}

Result<ServerPins> ServerPins::read(const Ini &ini) {
    ServerPins read;
    std::size_t count = 0;
    for (const Ini::Entry &entry : ini.entries()) {
        const bool of_all = entry.section == section_of_all;
        if ((!of_all && !entry.section.starts_with(section_prefix)) || entry.key != "pin")
            continue;
        const auto placed = [&](Error error) {
            error.what = ini.origin() + " line " + std::to_string(entry.line) + ": [" +
                         printable(entry.section) + "] pin: " + error.what;
            return error;
        };
        if (of_all)
            return placed(Error{Stage::config, "config-value", "a key is one server's"}.advise(
                "write it in a section [mount.SERVER]"));
        if (++count > most_pins)
            return placed(
                Error{Stage::config, "config-value", "more than " + std::to_string(most_pins) + " pins"});
        auto pin = parse_pin(entry.value);
        if (!pin)
            return placed(std::move(pin).error().advise("tlsctl probe SERVER shows that of its key"));
        read.by_server_[normal_server_name(std::string_view(entry.section).substr(section_prefix.size()))]
            .push_back(std::move(*pin));
    }
    return read;
}

const std::vector<std::string> &ServerPins::of(std::string_view server) const {
    static const std::vector<std::string> none;
    const auto found = by_server_.find(normal_server_name(server));
    return found == by_server_.end() ? none : found->second;
}

} // namespace rpctls::tls
