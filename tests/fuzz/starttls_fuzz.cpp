// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/starttls.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <string>

using namespace rpctls;
using client::StartTlsProbe;

namespace {

std::string verdict(std::span<const std::byte> stream, std::size_t piece) {
    StartTlsProbe probe(100003, 4, 0x11223344);
    while (!stream.empty()) {
        const auto now = stream.first(std::min(piece, stream.size()));
        stream = stream.subspan(now.size());
        const auto fed = probe.feed(now);
        if (!fed) {
            fuzz::require(probe.state() != StartTlsProbe::State::refused);
            return fed.error().name;
        }
        fuzz::require((*fed == StartTlsProbe::State::waiting) == !probe.reply().has_value());
    }
    return std::to_string(static_cast<int>(probe.state()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto stream = fuzz::octets(data, size);
    fuzz::require(verdict(stream, 1) == verdict(stream, size + 1));
    return 0;
}
