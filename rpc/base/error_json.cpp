// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/error_json.hpp"

#include "rpc/base/text.hpp"

#include <nlohmann/json.hpp>

namespace rpctls {

nlohmann::json to_json(const Error &error) {
    nlohmann::json facts = nlohmann::json::object();
    for (const Fact &fact : error.facts)
        facts[printable(fact.key)] = printable(fact.value);
    return {{"stage", to_string(error.stage)}, {"name", error.name},
            {"what", printable(error.what)},   {"facts", std::move(facts)},
            {"hint", printable(error.hint)},   {"errno", error.system_errno}};
}

} // namespace rpctls
