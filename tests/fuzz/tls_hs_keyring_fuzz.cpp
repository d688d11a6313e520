// SPDX-License-Identifier: LGPL-2.1-or-later
// What somebody may have put onto a TLS_HS keyring. Input, once for each key: which one, a length of two octets, the
// payload.
#include "rpc/base/text.hpp"
#include "rpc/keys/psk_store.hpp"
#include "rpc/tls/tls_hs_material.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <string>

using namespace rpctls;
using namespace rpctls::tls;

namespace {

std::string name_of(unsigned which) {
    constexpr unsigned psks = 2 * keys::tls_hs_numbers;
    if (which < psks)
        return "psk-" + std::to_string(which / 2) + (which % 2 == 0 ? "-id" : "-master");
    if (which < psks + keys::tls_hs_certificates)
        return "crt-" + std::to_string(which - psks);
    return which % 2 == 0 ? "pkey" : "ca";
}

keys::TlsHsKeys read(std::span<const std::byte> input) {
    keys::TlsHsKeys keys;
    while (input.size() >= 3) {
        const std::string name = name_of(std::to_integer<unsigned>(input[0]) & 31);
        const std::size_t announced =
            std::to_integer<std::size_t>(input[1]) << 8 | std::to_integer<std::size_t>(input[2]);
        const auto payload = input.subspan(3).first(std::min(input.size() - 3, announced));
        fuzz::require(keys::is_tls_hs_name(name));
        keys.try_emplace(name, payload);
        input = input.subspan(3 + payload.size());
    }
    return keys;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    (void)keys::is_tls_hs_name(fuzz::text(data, size));
    auto material = assemble_tls_hs(read(fuzz::octets(data, size)));
    if (!material) {
        fuzz::require(material.error().stage == Stage::keyring);
        const auto &facts = material.error().facts;
        fuzz::require(std::ranges::any_of(facts, [](const auto &fact) { return fact.key == "key"; }));
        return 0;
    }
    fuzz::require(material->psks.size() <= keys::tls_hs_numbers);
    fuzz::require(material->psks.empty() != (!material->identity && !material->anchors));
    for (const PresharedKey &key : material->psks)
        fuzz::require(!key.identity.empty() && key.identity.size() <= longest_psk_identity &&
                      key.secret.size() >= shortest_psk);
    if (!material->psks.empty())
        return 0;
    // Without anchors the system's would be read for nothing.
    CredentialSources sources;
    if (material->identity)
        sources.identity = std::move(*material->identity);
    sources.anchors = material->anchors ? std::move(*material->anchors) : TrustText{"none", ""};
    const auto credentials = Credentials::load(std::move(sources));
    if (credentials)
        fuzz::require((*credentials)->chain().size() <= 16);
    return 0;
}
