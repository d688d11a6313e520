// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/wire/record.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace rpctls::wire {

/// A record's message and its memory.
struct OwnedRecord {
    std::unique_ptr<std::byte[]> octets;
    std::size_t size = 0;
    std::span<const std::byte> view() const { return {octets.get(), size}; }
};

/// Records put together where they are received: whoever reads from a transport asks for room(), and says how much of it
/// was filled. The octets of a large record are not moved between that and its end; small records that come together are
/// copied once.
///
/// Memory is asked for as a mark promises, up to `at_once`, and grows with what arrives from there on.
class RecordRoom {
public:
    /// `limit` bounds the sum of a record's fragments.
    explicit RecordRoom(std::size_t limit) : limit_(limit) {}

    std::span<std::byte> room();
    void took(std::size_t count);
    /// The next complete record. None: ask for room() again. Errors (stage rpc), as RecordReader's: record-too-large,
    /// record-empty; the stream is beyond repair then.
    Result<std::optional<OwnedRecord>> next();
    bool mid_record() const { return begin_ < end_ || mark_octets_ > 0 || in_fragment_ || record_.size > 0; }

private:
    static constexpr std::size_t at_once = std::size_t{1} << 20;

    Status begin_fragment();
    void reserve(std::size_t size);
    void end_fragment();

    std::size_t limit_;
    OwnedRecord record_;
    std::size_t capacity_ = 0;
    std::array<std::byte, record_mark_size> mark_{};
    std::size_t mark_octets_ = 0;
    std::size_t missing_ = 0;
    bool in_fragment_ = false;
    bool last_ = false;
    bool complete_ = false;
    bool in_place_ = false;           ///< the room given last is the record's own
    std::size_t begin_ = 0, end_ = 0; ///< of what is held
    std::array<std::byte, 16384> held_;
};

} // namespace rpctls::wire
