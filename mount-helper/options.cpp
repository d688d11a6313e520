// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/options.hpp"

#include "rpc/base/text.hpp"

#include <algorithm>

namespace rpctls::mount_helper {

namespace {

std::string_view key_of(std::string_view item) {
    return item.substr(0, item.find('='));
}

std::string_view value_of(std::string_view item) {
    const auto equals = item.find('=');
    if (equals == std::string_view::npos)
        return {};
    auto value = item.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
    return value;
}

} // namespace

void Options::append(std::string_view text) {
    std::string item;
    bool quoted = false;
    const auto finish = [&] {
        if (!item.empty())
            items_.push_back(std::move(item));
        item.clear();
    };
    for (const char c : text) {
        if (c == '"')
            quoted = !quoted;
        if (c == ',' && !quoted)
            finish();
        else
            item += c;
    }
    finish();
}

std::optional<std::string> Options::get(std::string_view key) const {
    const auto last = std::find_if(items_.rbegin(), items_.rend(),
                                   [&](const std::string &item) { return key_of(item) == key; });
    if (last == items_.rend())
        return std::nullopt;
    return std::string(value_of(*last));
}

void Options::remove(std::string_view key) {
    std::erase_if(items_, [&](const std::string &item) { return key_of(item) == key; });
}

void Options::set(std::string_view key, std::string_view value) {
    std::string item = std::string(key) + "=" + std::string(value);
    const auto last = std::find_if(items_.rbegin(), items_.rend(),
                                   [&](const std::string &other) { return key_of(other) == key; });
    if (last == items_.rend()) {
        items_.push_back(std::move(item));
        return;
    }
    // A mark that no item can be (items are never empty) keeps the place while the others go.
    last->clear();
    remove(key);
    *std::find(items_.begin(), items_.end(), std::string()) = std::move(item);
}

std::string Options::text() const {
    return join(items_, ",");
}

} // namespace rpctls::mount_helper
