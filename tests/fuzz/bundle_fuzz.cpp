// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/bundle.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/key_pair.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace rpctls;

/// What is taken from a bundle is a pair that belongs together, however the file was bent.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const Secret passphrase(as_bytes("correct-horse-battery"));
    const auto contents = tls::read_bundle(fuzz::octets(data, size), passphrase, "fuzz");
    if (!contents)
        return 0;
    fuzz::require(printable(contents->name) == contents->name);
    const auto pair = tls::read_key_pair(as_bytes(contents->chain_pem), "", contents->private_key_pem, "");
    fuzz::require(pair.has_value());
    if (!contents->trust_pem.empty())
        fuzz::require(tls::parse_chain(as_bytes(contents->trust_pem), "").has_value());
    return 0;
}
