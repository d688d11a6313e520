// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/configuration/edit.hpp"

#include "rpc/base/ini.hpp"
#include "rpc/base/text.hpp"

#include <algorithm>
#include <vector>

namespace rpctls::tlsctl {

namespace {

bool is_header(std::string_view line) {
    return trimmed(line).starts_with('[');
}

/// As Ini reads it: what stands between the brackets.
std::string_view header_name(std::string_view line) {
    const std::string_view header = trimmed(line);
    return trimmed(header.substr(1, header.size() - 2));
}

std::string_view line_end(std::string_view line) {
    return line.ends_with("\r\n") ? "\r\n" : line.ends_with('\n') ? "\n" : "";
}

std::string_view indentation(std::string_view line) {
    return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

/// In quotes where Ini would take something off it otherwise.
std::string written(const std::string &value, bool quoted) {
    const bool in_quotes = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    return quoted || in_quotes || trimmed(value) != value ? '"' + value + '"' : value;
}

Status check(const Setting &setting) {
    const auto invalid = [&](const std::string &part, const std::string &text) -> Error {
        return Error{Stage::input, "setting-invalid", "no line of a configuration file can say this"}
            .with(part, printable(text))
            .advise("use a text of one line without control characters");
    };
    const auto is_line = [](const std::string &text) { return printable(text) == text; };
    const std::string &section = setting.section;
    const std::string &key = setting.key;
    if (section.empty() || trimmed(section) != section || !is_line(section))
        return invalid("section", section);
    if (key.empty() || trimmed(key) != key || !is_line(key) || key.find('=') != std::string::npos ||
        std::string_view("[#;").find(key.front()) != std::string_view::npos)
        return invalid("option", key);
    if (setting.value && !is_line(*setting.value))
        return invalid("value", *setting.value);
    return {};
}

/// The lines of a file, each with its end.
class Lines {
public:
    explicit Lines(std::string_view text) {
        for (const std::string_view line : split(text, '\n'))
            lines_.push_back(std::string(line) + "\n");
        lines_.back().pop_back();
        if (lines_.back().empty())
            lines_.pop_back();
        new_end_ = lines_.empty() || line_end(lines_.front()).empty() ? "\n" : line_end(lines_.front());
    }

    std::string text() const { return join(lines_, ""); }

    void set(const Setting &setting, const Ini &ini) {
        const auto &entries = ini.entries();
        const auto present = std::find_if(entries.rbegin(), entries.rend(),
                                          [&](const auto &entry) { return is_of(entry, setting); });
        if (present == entries.rend())
            add(setting, ini);
        else if (present->value != *setting.value)
            replace_value(lines_[present->line - 1], *setting.value);
    }

    void unset(const Setting &setting, const Ini &ini) {
        const auto &entries = ini.entries();
        for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
            if (is_of(*entry, setting))
                lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(entry->line) - 1);
    }

private:
    static bool is_of(const Ini::Entry &entry, const Setting &setting) {
        return entry.section == setting.section && entry.key == setting.key;
    }

    static void replace_value(std::string &line, const std::string &value) {
        const std::size_t equals = line.find('=');
        const std::string_view old = trimmed(std::string_view(line).substr(equals + 1));
        const std::size_t start =
            old.empty() ? equals + 1 : static_cast<std::size_t>(old.data() - line.data());
        const bool quoted = old.size() >= 2 && old.front() == '"' && old.back() == '"';
        line.replace(start, old.size(), written(value, quoted));
    }

    void add(const Setting &setting, const Ini &ini) {
        std::string line = setting.key + "=" + written(*setting.value, false);
        std::size_t behind = lines_.size(); // the line before the new one, counted from 1
        while (behind > 0 &&
               !(is_header(lines_[behind - 1]) && header_name(lines_[behind - 1]) == setting.section))
            --behind;
        if (behind == 0)
            behind = add_section(setting.section);
        const std::size_t header = behind;
        for (const auto &entry : ini.entries())
            if (entry.section == setting.section && entry.line > header)
                behind = entry.line;
        if (behind != header)
            line.insert(0, indentation(lines_[behind - 1]));
        insert(behind, line);
    }

    /// Returns the number of its line.
    std::size_t add_section(const std::string &section) {
        if (!lines_.empty() && !trimmed(lines_.back()).empty())
            insert(lines_.size(), "");
        insert(lines_.size(), "[" + section + "]");
        return lines_.size();
    }

    /// A line behind that many others, ended as the one before it.
    void insert(std::size_t behind, const std::string &line) {
        if (behind > 0 && line_end(lines_[behind - 1]).empty())
            lines_[behind - 1] += new_end_;
        const std::string end(behind > 0 ? line_end(lines_[behind - 1]) : std::string_view(new_end_));
        lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(behind), line + end);
    }

    std::vector<std::string> lines_;
    std::string new_end_;
};

} // namespace

Result<std::string> edit_settings(std::string_view text, const std::string &origin,
                                  std::span<const Setting> wanted) {
    std::string edited(text);
    for (const Setting &setting : wanted) {
        if (auto valid = check(setting); !valid)
            return std::move(valid).error();
        const auto ini = Ini::parse(edited, origin);
        if (!ini)
            return ini.error();
        Lines lines(edited);
        if (setting.value)
            lines.set(setting, *ini);
        else
            lines.unset(setting, *ini);
        edited = lines.text();
    }
    return edited;
}

} // namespace rpctls::tlsctl
