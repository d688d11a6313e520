// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/record.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

using namespace rpctls;

namespace {

constexpr std::size_t limit = 4096;

struct Outcome {
    std::vector<std::vector<std::byte>> records;
    std::string error;
    bool operator==(const Outcome &) const = default;
};

Outcome read(std::span<const std::byte> stream, std::size_t piece) {
    wire::RecordReader reader(limit);
    Outcome outcome;
    while (!stream.empty() && outcome.error.empty()) {
        const auto now = stream.first(std::min(piece, stream.size()));
        stream = stream.subspan(now.size());
        if (const auto fed = reader.feed(now); !fed)
            outcome.error = fed.error().name;
    }
    while (auto record = reader.next()) {
        fuzz::require(!record->empty() && record->size() <= limit);
        outcome.records.push_back(std::move(*record));
    }
    return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto stream = fuzz::octets(data, size);
    const auto whole = read(stream, size + 1);
    fuzz::require(read(stream, 1) == whole);
    fuzz::require(read(stream, 7) == whole);
    return 0;
}
