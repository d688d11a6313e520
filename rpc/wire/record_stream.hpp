// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/wire/record.hpp"
#include "rpctls/result.hpp"

#include <rpc/types.h>
#include <rpc/xdr.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace rpctls::wire {

/// Records read through libtirpc's XDR as they come in: large results go where they are wanted without being collected
/// before. Keeps a few thousand octets, whatever a mark promises.
class RecordStream {
public:
    class Source {
    public:
        virtual ~Source() = default;
        /// One octet at least; waits for it. After an error it may be asked again.
        virtual Result<std::size_t> read(std::span<std::byte> room) = 0;
    };

    /// `source` is borrowed. `limit` bounds the sum of a record's fragments.
    RecordStream(Source &source, std::uint64_t limit);
    RecordStream(const RecordStream &) = delete;
    RecordStream &operator=(const RecordStream &) = delete;

    /// Passes over what is left of the record at hand and begins the next one. Errors: the source's (come again),
    /// record-too-large, record-empty (stage rpc; the stream is beyond repair, as RecordReader says).
    Status begin();
    /// Reads the record that was begun; fails (FALSE) at its end.
    XDR &xdr() { return xdr_; }
    /// Why reading failed, when it was not the record that ended too early: errors as above.
    const std::optional<Error> &failure() const { return failure_; }

private:
    static RecordStream &self(XDR *xdr) { return *static_cast<RecordStream *>(xdr->x_private); }
    static const XDR::xdr_ops operations;
    bool fill();
    bool begin_fragment();
    bool next_octets();
    bool take(std::span<std::byte> room);
    bool pass_over();
    bool broken(Error error);
    std::int32_t *in_place(std::size_t size);

    Source &source_;
    std::uint64_t limit_;
    XDR xdr_{};
    std::optional<Error> failure_;
    bool is_broken_ = false;
    bool in_record_ = false;
    bool last_ = false;          ///< the fragment at hand is the record's last
    std::size_t left_ = 0;       ///< of the fragment at hand
    std::uint64_t promised_ = 0; ///< by the marks of this record
    std::uint64_t taken_ = 0;    ///< of this record
    std::array<std::byte, record_mark_size> mark_{};
    std::size_t mark_octets_ = 0;
    std::size_t begin_ = 0, end_ = 0; ///< of what is held
    alignas(8) std::array<std::byte, 8192> held_;
};

} // namespace rpctls::wire
