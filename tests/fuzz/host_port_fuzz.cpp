// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/resolve.hpp"

#include "rpc/base/server_name.hpp"
#include "rpc/base/text.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace rpctls;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto text = fuzz::text(data, size);
    const auto parts = client::parse_host_port(text);
    if (parts) {
        fuzz::require(!parts->host.empty() && parts->host.size() <= 255);
        fuzz::require(!parts->port || *parts->port > 0);
    } else {
        fuzz::require(parts.error().stage == Stage::input);
    }
    (void)bare_host(text, false);
    const std::string safe = printable(text);
    fuzz::require(printable(safe) == safe && safe.size() >= size);
    return 0;
}
