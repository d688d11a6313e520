// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::mount_helper {

/// The comma-separated list behind -o, in the order given; a value in double quotes may hold commas, as for mount(8).
/// What is not changed comes out as it went in.
class Options {
public:
    Options() = default;
    explicit Options(std::string_view text) { append(text); }

    /// Adds a list behind what is there: several -o count as one.
    void append(std::string_view text);

    bool has(std::string_view key) const { return get(key).has_value(); }
    /// The value of the last `key=value`, without its quotes; "" for a bare word; absent when not there. The kernel
    /// takes the last one too.
    std::optional<std::string> get(std::string_view key) const;

    /// Takes away every occurrence.
    void remove(std::string_view key);
    /// Puts `key=value` where the last occurrence stood, in place of all of them, or at the end.
    void set(std::string_view key, std::string_view value);

    bool empty() const { return items_.empty(); }
    std::string text() const;

private:
    std::vector<std::string> items_;
};

} // namespace rpctls::mount_helper
