// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/result.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace rpctls::wire {

/// Record marking of RPC over streams, RFC 5531 section 11: each fragment has four octets before it, the high bit
/// for the last, the rest its length.
inline constexpr std::size_t record_mark_size = 4;

/// A message as one record of one fragment.
std::vector<std::byte> frame_record(std::span<const std::byte> message);

/// Puts records together from octets as they come. Allocates only what has arrived, never what a mark promises.
class RecordReader {
public:
    /// `limit` bounds the sum of a record's fragments.
    explicit RecordReader(std::size_t limit) : limit_(limit) {}

    /// Takes octets; hands out complete records by next(). After an error the stream is beyond repair. Errors (stage
    /// rpc): record-too-large, record-empty (a fragment without octets that is not the last, or an empty record).
    Status feed(std::span<const std::byte> octets);
    /// The next complete record.
    std::optional<std::vector<std::byte>> next();
    /// Octets taken that belong to no complete record handed out or waiting.
    bool mid_record() const;

private:
    std::size_t limit_;
    // Private members are the implementer's.
};

} // namespace rpctls::wire
