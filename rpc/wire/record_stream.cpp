// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/record_stream.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace rpctls::wire {

namespace {

constexpr std::uint32_t last_fragment = 0x80000000;

} // namespace

const XDR::xdr_ops RecordStream::operations = {
    .x_getlong = [](XDR *xdr, long *value) -> bool_t {
        std::uint32_t number = 0;
        if (!self(xdr).take({reinterpret_cast<std::byte *>(&number), sizeof number}))
            return FALSE;
        *value = static_cast<std::int32_t>(ntohl(number));
        return TRUE;
    },
    .x_putlong = [](XDR *, const long *) -> bool_t { return FALSE; },
    .x_getbytes = [](XDR *xdr, char *room, u_int size) -> bool_t {
        return self(xdr).take({reinterpret_cast<std::byte *>(room), size});
    },
    .x_putbytes = [](XDR *, const char *, u_int) -> bool_t { return FALSE; },
    .x_getpostn = [](XDR *xdr) -> u_int { return static_cast<u_int>(self(xdr).taken_); },
    .x_setpostn = [](XDR *, u_int) -> bool_t { return FALSE; },
    .x_inline = [](XDR *xdr, u_int size) -> int32_t * { return self(xdr).in_place(size); },
    .x_destroy = [](XDR *) {},
    .x_control = [](XDR *, int, void *) -> bool_t { return FALSE; },
};

RecordStream::RecordStream(Source &source, std::uint64_t limit) : source_(source), limit_(limit) {
    xdr_.x_op = XDR_DECODE;
    xdr_.x_ops = &operations;
    xdr_.x_private = this;
}

bool RecordStream::broken(Error error) {
    is_broken_ = true;
    failure_ = std::move(error);
    return false;
}

/// More octets to hold, when there are none.
bool RecordStream::fill() {
    if (begin_ < end_)
        return true;
    auto got = source_.read(held_);
    if (!got) {
        failure_ = std::move(got).error();
        return false;
    }
    begin_ = 0;
    end_ = *got;
    return true;
}

bool RecordStream::begin_fragment() {
    while (mark_octets_ < mark_.size()) {
        if (!fill())
            return false;
        const std::size_t count = std::min(mark_.size() - mark_octets_, end_ - begin_);
        std::memcpy(mark_.data() + mark_octets_, held_.data() + begin_, count);
        mark_octets_ += count;
        begin_ += count;
    }
    mark_octets_ = 0;
    std::uint32_t mark = 0;
    std::memcpy(&mark, mark_.data(), sizeof mark);
    mark = ntohl(mark);
    last_ = (mark & last_fragment) != 0;
    left_ = mark & ~last_fragment;
    promised_ += left_;
    if (promised_ > limit_)
        return broken(Error{Stage::rpc, "record-too-large", "an RPC record is larger than allowed"}
                          .with("at least", std::to_string(promised_) + " octets")
                          .with("limit", std::to_string(limit_)));
    if (left_ == 0 && (!last_ || promised_ == 0))
        return broken(Error{Stage::rpc, "record-empty", "an RPC record has an empty fragment"});
    return true;
}

/// Whether the record goes on: sees to a fragment that is not used up.
bool RecordStream::next_octets() {
    if (is_broken_ || !in_record_)
        return false;
    while (left_ == 0) {
        if (last_ || !begin_fragment())
            return false;
    }
    return true;
}

bool RecordStream::take(std::span<std::byte> room) {
    while (!room.empty()) {
        if (!next_octets())
            return false;
        std::size_t count = std::min(room.size(), left_);
        if (begin_ == end_ && count >= held_.size()) {
            // Straight to where it is wanted.
            auto got = source_.read(room.first(count));
            if (!got) {
                failure_ = std::move(got).error();
                return false;
            }
            count = *got;
        } else {
            if (!fill())
                return false;
            count = std::min(count, end_ - begin_);
            std::memcpy(room.data(), held_.data() + begin_, count);
            begin_ += count;
        }
        left_ -= count;
        taken_ += count;
        room = room.subspan(count);
    }
    return true;
}

std::int32_t *RecordStream::in_place(std::size_t size) {
    const bool is_here =
        in_record_ && size <= left_ && size <= end_ - begin_ && begin_ % alignof(std::int32_t) == 0;
    if (!is_here)
        return nullptr;
    auto *place = reinterpret_cast<std::int32_t *>(held_.data() + begin_);
    begin_ += size;
    left_ -= size;
    taken_ += size;
    return place;
}

/// To the end of the record at hand.
bool RecordStream::pass_over() {
    while (in_record_) {
        if (left_ == 0 && last_) {
            in_record_ = false;
            break;
        }
        if (!next_octets() || (left_ > 0 && !fill()))
            return false;
        const std::size_t count = std::min(left_, end_ - begin_);
        begin_ += count;
        left_ -= count;
    }
    return true;
}

Status RecordStream::begin() {
    if (is_broken_)
        return *failure_;
    failure_.reset();
    if (!pass_over())
        return *failure_;
    if (mark_octets_ == 0)
        promised_ = taken_ = 0;
    if (!begin_fragment())
        return *failure_;
    in_record_ = true;
    return {};
}

} // namespace rpctls::wire
