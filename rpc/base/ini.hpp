// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls {

/// Settings in the INI form that tlshd.conf and rpctls.conf share: [section], key=value, # or ; comments.
/// Section and key names are compared as written. A value may stand in double quotes.
class Ini {
public:
    struct Entry {
        std::string section;
        std::string key;
        std::string value;
        std::size_t line;
    };

    /// `origin` is the path named in errors. Errors (stage config): config-syntax with the line number.
    static Result<Ini> parse(std::string_view text, std::string origin);

    const std::vector<Entry> &entries() const { return entries_; }
    /// The headers as they come, those with nothing under them included.
    const std::vector<std::string> &sections() const { return sections_; }
    const std::string &origin() const { return origin_; }

    /// The last value given; later lines win, as in tlshd.
    std::optional<std::string> get(std::string_view section, std::string_view key) const;

private:
    std::string origin_;
    std::vector<Entry> entries_;
    std::vector<std::string> sections_;
};

} // namespace rpctls
