// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/time_text.hpp"
#include "rpc/tls/certificate.hpp"
#include "rpc/tls/trust_file.hpp"

#include "rpc/base/text.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace rpctls;

namespace {

/// A trust store may be anybody's file; what is kept of it is what is read again.
void read_trust(const std::string &text) {
    const auto trusted = tls::parse_trust(text, "fuzz");
    if (!trusted)
        return;
    fuzz::require(trusted->empty() == tls::trusts_nobody(text) && trusted->size() <= 512);
    const auto again = tls::parse_trust(tls::render_trust(*trusted), "fuzz");
    fuzz::require(again.has_value() && again->size() == trusted->size());
    for (std::size_t i = 0; i < trusted->size(); ++i)
        fuzz::require((*again)[i].fingerprint == (*trusted)[i].fingerprint);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    read_trust(std::string(fuzz::text(data, size)));
    const auto chain = tls::parse_chain(fuzz::octets(data, size), "fuzz");
    if (!chain)
        return 0;
    fuzz::require(!chain->empty() && chain->size() <= 16);
    for (const auto &certificate : *chain) {
        (void)certificate.names();
        (void)format_time(certificate.not_before);
        (void)format_time(certificate.not_after);
    }
    // What was read can be written and read again.
    const std::string pem = tls::to_pem(*chain);
    const auto again = tls::parse_chain(as_bytes(pem), "fuzz");
    fuzz::require(again.has_value() && again->size() == chain->size());
    return 0;
}
