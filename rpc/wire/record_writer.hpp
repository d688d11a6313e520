// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <rpc/types.h>
#include <rpc/xdr.h>

#include <cstddef>
#include <memory>
#include <span>

namespace rpctls::wire {

/// Calls as records of one fragment each (RFC 5531 section 11), written through libtirpc's XDR into memory that grows
/// with them. Several may wait behind one another until they are sent (batching). Positions count from the start of a
/// record, and may be set back and forth in it, as RPCSEC_GSS does.
class RecordWriter {
public:
    RecordWriter();
    RecordWriter(const RecordWriter &) = delete;
    RecordWriter &operator=(const RecordWriter &) = delete;

    /// Begins a record. What is put fails (FALSE) where memory is out or a record cannot be so large.
    XDR &begin();
    /// Completes it. `elsewhere`: octets that belong to it, too, and are sent by whoever has them. Together they are no more
    /// than a mark can say.
    void end(std::size_t elsewhere = 0);
    /// Forgets it.
    void drop();

    /// The records that wait.
    std::span<const std::byte> waiting() const { return {room_.get() + sent_, record_ - sent_}; }
    /// So much of waiting() has gone. Memory that one large record needed is given back with its last octet.
    void sent(std::size_t count);

private:
    static RecordWriter &self(XDR *xdr) { return *static_cast<RecordWriter *>(xdr->x_private); }
    static const XDR::xdr_ops operations;
    bool reserve(std::size_t size);
    std::byte *put(std::size_t size);
    std::size_t offset() const;

    XDR xdr_{};
    std::unique_ptr<std::byte[]> room_;
    std::size_t capacity_ = 0;
    std::size_t sent_ = 0;     ///< up to here it has gone
    std::size_t record_ = 0;   ///< here the record begins that is being written
    std::size_t position_ = 0; ///< the next octet's place
    std::size_t end_ = 0;      ///< the end of what was written
};

} // namespace rpctls::wire
