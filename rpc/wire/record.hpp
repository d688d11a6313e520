// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/wire/spare_room.hpp"
#include "rpctls/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace rpctls::wire {

/// Record marking of RPC over streams, RFC 5531 section 11: each fragment has four octets before it, the high
/// bit for the last, the rest its length.
inline constexpr std::size_t record_mark_size = 4;

/// A message as one record of one fragment.
std::vector<std::byte> frame_record(std::span<const std::byte> message);

/// Puts records together from octets as they come. What a mark promises is not believed before a part of it has arrived.
class RecordReader {
public:
    /// `limit` bounds the sum of a record's fragments. `spare`, where given, is borrowed, and lends its room to large
    /// records; whoever has read one gives it back.
    explicit RecordReader(std::size_t limit, SpareRoom *spare = nullptr) : limit_(limit), spare_(spare) {}

    /// Takes octets; hands out complete records by next(). After an error the stream is beyond repair. Errors
    /// (stage rpc): record-too-large, record-empty (a fragment without octets that is not the last, or an
    /// empty record).
    Status feed(std::span<const std::byte> octets);
    /// The next complete record.
    std::optional<std::vector<std::byte>> next();
    bool has_record() const { return !complete_.empty(); }
    /// Octets taken that belong to no complete record handed out or waiting.
    bool mid_record() const;

private:
    Status begin_fragment(std::uint32_t mark);
    void make_room(std::size_t count);
    void end_fragment();

    std::size_t limit_;
    SpareRoom *spare_;
    std::array<std::byte, record_mark_size> mark_{};
    std::size_t mark_octets_ = 0; ///< of the mark now arriving
    std::size_t missing_ = 0;     ///< octets of the fragment still to come
    bool in_fragment_ = false;
    bool last_ = false; ///< the fragment now arriving ends its record
    std::vector<std::byte> record_;
    std::deque<std::vector<std::byte>> complete_;
    std::optional<Error> failure_;
};

} // namespace rpctls::wire
