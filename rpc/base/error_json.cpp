// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/error_json.hpp"

#include "rpc/base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace rpctls {

nlohmann::json to_json(const Error &error) {
    nlohmann::json facts = nlohmann::json::object();
    for (const Fact &fact : error.facts)
        facts[printable(fact.key)] = printable(fact.value);
    return {{"stage", to_string(error.stage)}, {"name", error.name},
            {"what", printable(error.what)},   {"facts", std::move(facts)},
            {"hint", printable(error.hint)},   {"errno", error.system_errno}};
}

namespace {

constexpr std::size_t longest_text = 4096;
constexpr std::size_t most_facts = 64;

std::optional<std::string> text_in(const nlohmann::json &json) {
    if (!json.is_string())
        return std::nullopt;
    return printable(std::string_view(json.get_ref<const std::string &>()).substr(0, longest_text));
}

std::optional<std::string> text_at(const nlohmann::json &json, const char *key) {
    const auto found = json.find(key);
    return found == json.end() ? std::nullopt : text_in(*found);
}

} // namespace

std::optional<Error> error_from_json(const nlohmann::json &json) {
    if (!json.is_object())
        return std::nullopt;
    const auto stage = stage_named(text_at(json, "stage").value_or(""));
    const auto name = text_at(json, "name");
    const auto what = text_at(json, "what");
    if (!stage || !name || !what)
        return std::nullopt;
    Error error{*stage, *name, *what, {}, text_at(json, "hint").value_or("")};
    if (const auto number = json.find("errno"); number != json.end() && number->is_number_integer())
        error.system_errno = static_cast<int>(std::clamp<std::int64_t>(number->get<std::int64_t>(), 0, 4095));
    if (const auto facts = json.find("facts"); facts != json.end() && facts->is_object())
        for (const auto &[key, value] : facts->items())
            if (const auto text = text_in(value); text && error.facts.size() < most_facts)
                error.facts.push_back({printable(std::string_view(key).substr(0, longest_text)), *text});
    return error;
}

} // namespace rpctls
