// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/record_room.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace rpctls::wire {

std::span<std::byte> RecordRoom::room() {
    // Behind a large record's octets may stand the next one's mark: what is wanted for it is as much as is missing.
    in_place_ = in_fragment_ && begin_ == end_ && missing_ >= held_.size();
    if (!in_place_)
        return held_;
    reserve(record_.size + std::min(missing_, std::max(at_once, record_.size)));
    return std::span(record_.octets.get(), capacity_)
        .subspan(record_.size, std::min(missing_, capacity_ - record_.size));
}

void RecordRoom::reserve(std::size_t size) {
    if (size <= capacity_)
        return;
    size =
        std::max(size, std::min(2 * capacity_, limit_)); // many small fragments are not copied over and over
    auto larger = std::make_unique_for_overwrite<std::byte[]>(size);
    std::copy_n(record_.octets.get(), record_.size, larger.get());
    record_.octets = std::move(larger);
    capacity_ = size;
}

void RecordRoom::took(std::size_t count) {
    if (!in_place_) {
        begin_ = 0;
        end_ = count;
        return;
    }
    record_.size += count;
    missing_ -= count;
    if (missing_ == 0)
        end_fragment();
}

Status RecordRoom::begin_fragment() {
    std::uint32_t mark = 0;
    for (const std::byte octet : mark_)
        mark = mark << 8 | std::to_integer<std::uint32_t>(octet);
    last_ = (mark & 0x80000000) != 0;
    missing_ = mark & 0x7fffffff;
    mark_octets_ = 0;
    in_fragment_ = true;
    if (missing_ > limit_ - record_.size)
        return Error{Stage::rpc, "record-too-large", "an RPC record is larger than allowed"}
            .with("at least", std::to_string(record_.size + missing_) + " octets")
            .with("limit", std::to_string(limit_));
    if (missing_ == 0 && (!last_ || record_.size == 0))
        return Error{Stage::rpc, "record-empty", "an RPC record has an empty fragment"};
    if (missing_ == 0)
        end_fragment();
    return {};
}

void RecordRoom::end_fragment() {
    in_fragment_ = false;
    complete_ = last_;
}

Result<std::optional<OwnedRecord>> RecordRoom::next() {
    for (;;) {
        if (std::exchange(complete_, false)) {
            capacity_ = 0;
            return std::optional(std::exchange(record_, {}));
        }
        if (begin_ == end_)
            return std::optional<OwnedRecord>();
        if (!in_fragment_) {
            mark_[mark_octets_++] = held_[begin_++];
            if (mark_octets_ < record_mark_size)
                continue;
            if (auto begun = begin_fragment(); !begun)
                return std::move(begun).error();
            continue;
        }
        const std::size_t taken = std::min(missing_, end_ - begin_);
        reserve(record_.size + std::min(missing_, std::max(at_once, taken)));
        std::copy_n(held_.begin() + static_cast<std::ptrdiff_t>(begin_), taken,
                    record_.octets.get() + record_.size);
        begin_ += taken;
        record_.size += taken;
        missing_ -= taken;
        if (missing_ == 0)
            end_fragment();
    }
}

} // namespace rpctls::wire
