// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/record.hpp"
#include "rpc/wire/record_stream.hpp"

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

class Pieces final : public wire::RecordStream::Source {
public:
    Pieces(std::span<const std::byte> stream, std::size_t piece) : stream_(stream), piece_(piece) {}
    Result<std::size_t> read(std::span<std::byte> room) override {
        const auto now = stream_.first(std::min({piece_, stream_.size(), room.size()}));
        if (now.empty())
            return Error{Stage::rpc, "over", ""};
        std::copy(now.begin(), now.end(), room.begin());
        stream_ = stream_.subspan(now.size());
        return now.size();
    }

private:
    std::span<const std::byte> stream_;
    std::size_t piece_;
};

/// The same by the XDR stream, which hands out octets as they come; a record that is not whole is none.
Outcome read_by_xdr(std::span<const std::byte> stream, std::size_t piece) {
    Pieces source(stream, piece);
    wire::RecordStream records(source, limit);
    Outcome outcome;
    for (;;) {
        if (const auto begun = records.begin(); !begun) {
            outcome.error = begun.error().name == "over" ? "" : begun.error().name;
            return outcome;
        }
        std::vector<std::byte> record;
        char octet = 0;
        while ((*records.xdr().x_ops->x_getbytes)(&records.xdr(), &octet, 1))
            record.push_back(static_cast<std::byte>(octet));
        if (!records.failure())
            outcome.records.push_back(std::move(record));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto stream = fuzz::octets(data, size);
    const auto whole = read(stream, size + 1);
    fuzz::require(read(stream, 1) == whole);
    fuzz::require(read(stream, 7) == whole);
    fuzz::require(read_by_xdr(stream, size + 1) == whole);
    fuzz::require(read_by_xdr(stream, 3) == whole);
    return 0;
}
