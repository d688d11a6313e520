// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/record_writer.hpp"

#include "rpc/wire/record.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>

namespace rpctls::wire {

namespace {

constexpr std::size_t first_capacity = 4096;
/// Kept between calls.
constexpr std::size_t most_kept = std::size_t{2} << 20;
/// The mark has 31 bits for the length.
constexpr std::size_t largest_fragment = 0x7fffffff;

} // namespace

/// The routines of C programs call these: nothing may be thrown through them.
const XDR::xdr_ops RecordWriter::operations = {
    .x_getlong = [](XDR *, long *) -> bool_t { return FALSE; },
    .x_putlong = [](XDR *xdr, const long *value) -> bool_t {
        std::byte *place = self(xdr).put(4);
        const std::uint32_t number = htonl(static_cast<std::uint32_t>(*value));
        if (place != nullptr)
            std::memcpy(place, &number, sizeof number);
        return place != nullptr;
    },
    .x_getbytes = [](XDR *, char *, u_int) -> bool_t { return FALSE; },
    .x_putbytes = [](XDR *xdr, const char *octets, u_int size) -> bool_t {
        std::byte *place = self(xdr).put(size);
        if (place != nullptr && size > 0)
            std::memcpy(place, octets, size);
        return place != nullptr;
    },
    .x_getpostn = [](XDR *xdr) -> u_int { return static_cast<u_int>(self(xdr).offset()); },
    .x_setpostn = [](XDR *xdr, u_int offset) -> bool_t {
        RecordWriter &writer = self(xdr);
        const std::size_t target = writer.record_ + record_mark_size + offset;
        if (offset > largest_fragment || !writer.reserve(target))
            return FALSE;
        if (target > writer.end_)
            std::memset(writer.room_.get() + writer.end_, 0, target - writer.end_);
        writer.position_ = target;
        writer.end_ = std::max(writer.end_, target);
        return TRUE;
    },
    // Places in a record are aligned where everything in it is.
    .x_inline = [](XDR *xdr, u_int size) -> int32_t * {
        RecordWriter &writer = self(xdr);
        if (writer.position_ % alignof(int32_t) != 0)
            return nullptr;
        return reinterpret_cast<int32_t *>(writer.put(size));
    },
    .x_destroy = [](XDR *) {},
    .x_control = [](XDR *, int, void *) -> bool_t { return FALSE; },
};

RecordWriter::RecordWriter() {
    xdr_.x_op = XDR_ENCODE;
    xdr_.x_ops = &operations;
    xdr_.x_private = this;
}

std::size_t RecordWriter::offset() const {
    return position_ - record_ - record_mark_size;
}

bool RecordWriter::reserve(std::size_t size) {
    if (size <= capacity_)
        return true;
    const std::size_t capacity = std::max({size, capacity_ * 2, first_capacity});
    std::unique_ptr<std::byte[]> room(new (std::nothrow) std::byte[capacity]);
    if (!room)
        return false;
    if (end_ > 0)
        std::memcpy(room.get(), room_.get(), end_);
    room_ = std::move(room);
    capacity_ = capacity;
    return true;
}

std::byte *RecordWriter::put(std::size_t size) {
    if (size > largest_fragment - offset() || !reserve(position_ + size))
        return nullptr;
    std::byte *place = room_.get() + position_;
    position_ += size;
    end_ = std::max(end_, position_);
    return place;
}

XDR &RecordWriter::begin() {
    if (!reserve(record_ + record_mark_size))
        throw std::bad_alloc();
    position_ = end_ = record_ + record_mark_size;
    return xdr_;
}

void RecordWriter::end(std::size_t elsewhere) {
    const auto size = static_cast<std::uint32_t>(end_ - record_ - record_mark_size + elsewhere);
    const std::uint32_t mark = htonl(0x80000000U | size);
    std::memcpy(room_.get() + record_, &mark, sizeof mark);
    record_ = position_ = end_;
}

void RecordWriter::drop() {
    position_ = end_ = record_;
}

void RecordWriter::sent(std::size_t count) {
    sent_ += count;
    if (sent_ < record_)
        return;
    sent_ = record_ = position_ = end_ = 0;
    if (capacity_ > most_kept) {
        room_.reset();
        capacity_ = 0;
    }
}

} // namespace rpctls::wire
