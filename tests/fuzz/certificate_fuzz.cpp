// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/certificate.hpp"

#include "rpc/base/text.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace rpctls;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto chain = tls::parse_chain(fuzz::octets(data, size), "fuzz");
    if (!chain)
        return 0;
    fuzz::require(!chain->empty() && chain->size() <= 16);
    for (const auto &certificate : *chain) {
        (void)certificate.names();
        (void)tls::format_time(certificate.not_before);
        (void)tls::format_time(certificate.not_after);
    }
    // What was read can be written and read again.
    const std::string pem = tls::to_pem(*chain);
    const auto again = tls::parse_chain(as_bytes(pem), "fuzz");
    fuzz::require(again.has_value() && again->size() == chain->size());
    return 0;
}
