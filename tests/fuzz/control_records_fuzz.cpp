// SPDX-License-Identifier: LGPL-2.1-or-later
// What the kernel hands on beside data: records of any type, cut up in any way. Input: type, length, octets, and so on.
#include "rpc/tls/control_records.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

using namespace rpctls;
using namespace rpctls::tls;
using Verdict = ControlRecords::Verdict;

namespace {

/// The verdict that ends it, or `nothing`; `piece` octets at a time.
struct Story {
    Verdict verdict = Verdict::nothing;
    unsigned alert = 0;
    std::size_t record = 0; ///< in which it ended
    bool operator==(const Story &) const = default;
};

Story tell(std::span<const std::byte> input, bool is_client, std::size_t piece) {
    ControlRecords records(is_client);
    Story story;
    for (; input.size() >= 2; ++story.record) {
        const auto type = std::to_integer<std::uint8_t>(input[0]);
        auto octets =
            input.subspan(2).first(std::min(input.size() - 2, std::to_integer<std::size_t>(input[1])));
        input = input.subspan(2 + octets.size());
        if (type == record_type_data) {
            if ((story.verdict = records.data()) != Verdict::nothing)
                return story;
            continue;
        }
        do {
            const auto part = octets.first(std::min(piece, octets.size()));
            octets = octets.subspan(part.size());
            story.verdict = records.feed(type, part);
        } while (!octets.empty() && story.verdict == Verdict::nothing);
        if (story.verdict == Verdict::alert)
            story.alert = records.alert();
        if (story.verdict != Verdict::nothing)
            return story;
    }
    return story;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size == 0)
        return 0;
    const auto input = fuzz::octets(data + 1, size - 1);
    const bool is_client = (*data & 1) != 0;
    const Story whole = tell(input, is_client, 255);
    const Story slow = tell(input, is_client, 1);
    fuzz::require(slow == whole);
    // Nobody is told of an alert that close_notify is.
    fuzz::require(whole.verdict != Verdict::alert || whole.alert != 0);
    return 0;
}
