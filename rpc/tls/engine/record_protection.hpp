// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/session.hpp"
#include "rpctls/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace rpctls::tls {

/// RFC 8446 section 5.1.
enum class ContentType : std::uint8_t { alert = 21, handshake = 22, application_data = 23 };

/// In octets (RFC 8446 sections 5.1 and 5.2).
inline constexpr std::size_t record_header_size = 5;
inline constexpr std::size_t largest_content = 16384;
/// What a record is longer than its content and padding: header, content type, authentication tag.
inline constexpr std::size_t record_overhead = record_header_size + 1 + 16;

/// How many records one key may seal before a KeyUpdate is due (RFC 8446 5.5; 2^24.5 of the largest size, rounded
/// down, for AES-GCM). ChaCha20-Poly1305 has no limit of its own but the sequence number.
std::uint64_t most_records(KtlsCipher cipher);

/// The alert of RFC 8446 section 6 that answers an error of open().
unsigned alert_for(const Error &record_error);

/// Seals and opens TLS 1.3 records (RFC 8446 section 5.2) under one traffic key, with the sequence number said by the
/// caller, who counts: from 0, one a record, and never twice the same for seal(). Does no I/O and keeps no state
/// between calls, but belongs to one thread at a time.
///
/// What only a fault of the program can bring about (content too long, too little room) throws std::invalid_argument.
class RecordProtection {
public:
    /// Keeps a copy of key and IV until it goes; the sequence number in `keys` is left to the caller.
    explicit RecordProtection(const TrafficKeys &keys);
    RecordProtection(RecordProtection &&) noexcept;
    RecordProtection &operator=(RecordProtection &&) noexcept;
    ~RecordProtection();

    /// Writes a whole record to the start of `room` and says how long it is: content.size() + padding +
    /// record_overhead, for which there must be room. `content` may lie anywhere, in `room` as well: nothing is copied
    /// when it already is at room[record_header_size]. At most largest_content octets with the padding; empty only as
    /// application data. Error (stage rpc): record-sequence, when the last number is reached and the session must end.
    Result<std::size_t> seal(std::uint64_t sequence, ContentType type, std::span<const std::byte> content,
                             std::span<std::byte> room, std::size_t padding = 0) const;

    struct Opened {
        ContentType type{};
        std::span<std::byte> content; ///< within what it was opened into, without the padding
    };

    /// `record` is exactly one, header included. `room` takes what is in it, padding too: record.size() -
    /// record_header_size - 16 octets. It may be where the record's own payload is, or apart from it. On an error, room
    /// holds nothing that came from the peer unauthenticated.
    ///
    /// Errors (stage rpc): record-malformed (lengths that cannot be), record-overflow (longer than allowed),
    /// record-unexpected (another content type than the three, outside or inside, or one that may not be empty),
    /// record-corrupt (sealed with another key or under another number, or changed), record-sequence.
    Result<Opened> open(std::uint64_t sequence, std::span<const std::byte> record,
                        std::span<std::byte> room) const;
    /// In place.
    Result<Opened> open(std::uint64_t sequence, std::span<std::byte> record) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace rpctls::tls
