// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/error_json.hpp"

#include "rpc/base/text.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <nlohmann/json.hpp>

using namespace rpctls;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    // The way an answer of the agent takes.
    const auto json = nlohmann::json::parse(data, data + size, nullptr, /*allow_exceptions=*/false);
    const auto error = error_from_json(json);
    if (!error)
        return 0;
    fuzz::require(printable(error->what) == error->what && printable(error->hint) == error->hint);
    fuzz::require(error->facts.size() <= 64);
    fuzz::require(!to_json(*error).dump().empty());
    return 0;
}
