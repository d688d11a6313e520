// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/xdr_writer.hpp"

#include <arpa/inet.h>

#include <cstdint>
#include <cstring>
#include <new>

namespace rpctls::wire {

namespace {

XdrWriter &writer_of(XDR *xdr) {
    return *static_cast<XdrWriter *>(xdr->x_private);
}

bool_t get_nothing(XDR *, long *) {
    return FALSE;
}

bool_t get_no_bytes(XDR *, char *, u_int) {
    return FALSE;
}

void destroy_nothing(XDR *) {}

bool_t control_nothing(XDR *, int, void *) {
    return FALSE;
}

} // namespace

XdrWriter::XdrWriter(std::vector<std::byte> &octets, std::size_t limit)
    : octets_(octets), origin_(octets.size()), limit_(limit) {
    static const XDR::xdr_ops operations = {
        get_nothing,  put_long,    get_no_bytes,    put_bytes,       position,
        set_position, inline_room, destroy_nothing, control_nothing,
    };
    xdr_.x_op = XDR_ENCODE;
    xdr_.x_ops = &operations;
    xdr_.x_private = this;
}

/// Room for so many octets at the end, to be written at once; nullptr when there is none.
std::byte *XdrWriter::append(std::size_t size) noexcept {
    const std::size_t before = octets_.size();
    if (before > limit_ || size > limit_ - before)
        return nullptr;
    try {
        octets_.resize(before + size);
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
    return octets_.data() + before;
}

bool_t XdrWriter::put_long(XDR *xdr, const long *value) {
    std::byte *room = writer_of(xdr).append(4);
    if (room == nullptr)
        return FALSE;
    const std::uint32_t word = htonl(static_cast<std::uint32_t>(*value));
    std::memcpy(room, &word, 4);
    return TRUE;
}

bool_t XdrWriter::put_bytes(XDR *xdr, const char *bytes, u_int size) {
    if (size == 0)
        return TRUE;
    std::byte *room = writer_of(xdr).append(size);
    if (room == nullptr)
        return FALSE;
    std::memcpy(room, bytes, size);
    return TRUE;
}

u_int XdrWriter::position(XDR *xdr) {
    const XdrWriter &writer = writer_of(xdr);
    return static_cast<u_int>(writer.octets_.size() - writer.origin_);
}

bool_t XdrWriter::set_position(XDR *xdr, u_int position) {
    XdrWriter &writer = writer_of(xdr);
    if (position > writer.octets_.size() - writer.origin_)
        return FALSE;
    writer.octets_.resize(writer.origin_ + position);
    return TRUE;
}

std::int32_t *XdrWriter::inline_room(XDR *xdr, u_int size) {
    // Only whole words behind whole words are aligned as the caller's int32_t must be.
    if (size == 0 || writer_of(xdr).octets_.size() % 4 != 0)
        return nullptr;
    return reinterpret_cast<std::int32_t *>(writer_of(xdr).append(size));
}

} // namespace rpctls::wire
