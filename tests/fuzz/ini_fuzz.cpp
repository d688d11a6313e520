// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/ini.hpp"

#include "rpc/base/text.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

using namespace rpctls;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto text = fuzz::text(data, size);
    const auto parsed = Ini::parse(text, "fuzz.conf");
    if (!parsed) {
        fuzz::require(parsed.error().name == "config-syntax");
        fuzz::require(printable(summary(parsed.error())) == summary(parsed.error()));
        return 0;
    }
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    for (const auto &entry : parsed->entries()) {
        fuzz::require(!entry.section.empty() && !entry.key.empty() && entry.line >= 1 && entry.line <= lines);
        fuzz::require(parsed->get(entry.section, entry.key).has_value());
    }
    return 0;
}
