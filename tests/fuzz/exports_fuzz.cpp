// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/export_client.hpp"
#include "rpc/kernel/exports.hpp"

#include "rpc/base/text.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

using namespace rpctls;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto text = fuzz::text(data, size);
    if (const auto client = kernel::parse_export_client(text)) {
        // What is written into a file must stay one word, and mean the same when it is read.
        fuzz::require(client->find_first_of(" \t\n()\"#\\,") == std::string::npos);
        fuzz::require(kernel::parse_export_client(*client).has_value());
    }
    const auto entries = kernel::parse_exports(text, "exports");
    if (!entries) {
        fuzz::require(entries.error().stage == Stage::config);
        fuzz::require(printable(summary(entries.error())) == summary(entries.error()));
        return 0;
    }
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    for (const kernel::ExportEntry &entry : *entries) {
        fuzz::require(!entry.path.empty() && !entry.client.empty());
        fuzz::require(entry.line >= 1 && entry.line <= lines);
        fuzz::require(!entry.protection().words().empty());
        (void)kernel::is_world(entry.client);
        const auto options = kernel::check_export_options(join(entry.options, ","));
        const auto client = kernel::parse_export_client(entry.client);
        if (!options || !client || entry.path.find('\\') != std::string::npos)
            continue; // nothing that we would write
        const auto back =
            kernel::parse_exports(kernel::render_export({entry.path, *client, *options, 0}), "ours");
        fuzz::require(back.has_value() && back->size() == 1);
        fuzz::require(back->front().path == entry.path && back->front().client == *client &&
                      back->front().options == *options);
    }
    return 0;
}
