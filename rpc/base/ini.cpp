// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/ini.hpp"

#include "rpc/base/text.hpp"

namespace rpctls {

Result<Ini> Ini::parse(std::string_view text, std::string origin) {
    Ini ini;
    ini.origin_ = std::move(origin);
    std::string section;
    std::size_t number = 0;
    const auto syntax = [&](std::string what) -> Error {
        return Error{Stage::config, "config-syntax",
                     ini.origin_ + " line " + std::to_string(number) + ": " + what}
            .advise("lines are [section], key=value, or start with #");
    };
    for (const std::string_view raw : split(text, '\n')) {
        ++number;
        const std::string_view line = trimmed(raw);
        if (line.empty() || line[0] == '#' || line[0] == ';')
            continue;
        if (line[0] == '[') {
            if (line.back() != ']' || line.size() < 3)
                return syntax("a section header needs a name between [ and ]");
            section = trimmed(line.substr(1, line.size() - 2));
            ini.sections_.push_back(section);
            continue;
        }
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0)
            return syntax("not a key=value line: " + printable(line));
        if (section.empty())
            return syntax("a value stands before the first [section]");
        std::string_view value = trimmed(line.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        ini.entries_.push_back(
            {section, std::string(trimmed(line.substr(0, equals))), std::string(value), number});
    }
    return ini;
}

std::optional<std::string> Ini::get(std::string_view section, std::string_view key) const {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry)
        if (entry->section == section && entry->key == key)
            return entry->value;
    return std::nullopt;
}

} // namespace rpctls
