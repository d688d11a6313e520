// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/certificate_request.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace rpctls;

/// What is taken from a request is bounded, and of a key whose owner has signed it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto request = tls::read_certificate_request(fuzz::octets(data, size), "fuzz");
    if (!request)
        return 0;
    fuzz::require(request->dns_names.size() + request->ip_addresses.size() <= 64);
    fuzz::require(!request->spki_pin.empty());
    return 0;
}
