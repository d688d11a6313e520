// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/record.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace rpctls::wire {

namespace {

constexpr std::uint32_t last_fragment = 0x80000000;
/// Octets that need no room of before.
constexpr std::size_t small_enough = 16 << 10;
/// Whoever has sent so much of a record is believed what its mark promises, up to that: many times growing means many times
/// copying.
constexpr std::size_t sent_in_earnest = 64 << 10, believed = 1 << 20;

std::uint32_t big_endian(const std::array<std::byte, record_mark_size> &octets) {
    std::uint32_t number = 0;
    for (const std::byte octet : octets)
        number = number << 8 | std::to_integer<std::uint32_t>(octet);
    return number;
}

} // namespace

std::vector<std::byte> frame_record(std::span<const std::byte> message) {
    if (message.empty() || message.size() >= last_fragment)
        throw std::length_error("an RPC message that does not fit one record fragment");
    const std::uint32_t mark = last_fragment | static_cast<std::uint32_t>(message.size());
    std::vector<std::byte> record;
    record.reserve(record_mark_size + message.size());
    for (int shift = 24; shift >= 0; shift -= 8)
        record.push_back(static_cast<std::byte>(mark >> shift & 0xff));
    record.insert(record.end(), message.begin(), message.end());
    return record;
}

Status RecordReader::begin_fragment(std::uint32_t mark) {
    last_ = (mark & last_fragment) != 0;
    missing_ = mark & ~last_fragment;
    in_fragment_ = true;
    if (missing_ > limit_ - record_.size())
        return Error{Stage::rpc, "record-too-large", "an RPC record is larger than allowed"}
            .with("at least", std::to_string(record_.size() + missing_) + " octets")
            .with("limit", std::to_string(limit_));
    // An empty fragment that does not end a record costs the sender four octets and gets it nowhere: nobody
    // honest sends one, and a stream of them would keep a reader busy for ever.
    if (missing_ == 0 && (!last_ || record_.empty()))
        return Error{Stage::rpc, "record-empty", "an RPC record has an empty fragment"};
    if (spare_ != nullptr && record_.empty() && missing_ > small_enough)
        spare_->lend(record_);
    return {};
}

/// For that many more octets of the fragment.
void RecordReader::make_room(std::size_t count) {
    const std::size_t size = record_.size();
    if (size + count > record_.capacity() && size >= sent_in_earnest)
        record_.reserve(size + std::max(count, std::min(missing_, std::max(believed, size))));
}

void RecordReader::end_fragment() {
    in_fragment_ = false;
    if (last_) {
        complete_.push_back(std::move(record_));
        record_.clear();
    }
}

Status RecordReader::feed(std::span<const std::byte> octets) {
    if (failure_)
        return *failure_;
    while (!octets.empty()) {
        if (!in_fragment_) {
            mark_[mark_octets_++] = octets.front();
            octets = octets.subspan(1);
            if (mark_octets_ < record_mark_size)
                continue;
            mark_octets_ = 0;
            if (auto begun = begin_fragment(big_endian(mark_)); !begun) {
                failure_ = std::move(begun).error();
                return *failure_;
            }
        }
        const std::size_t taken = std::min(missing_, octets.size());
        make_room(taken);
        record_.insert(record_.end(), octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(taken));
        octets = octets.subspan(taken);
        missing_ -= taken;
        if (missing_ == 0)
            end_fragment();
    }
    return {};
}

std::optional<std::vector<std::byte>> RecordReader::next() {
    if (complete_.empty())
        return std::nullopt;
    std::vector<std::byte> record = std::move(complete_.front());
    complete_.pop_front();
    return record;
}

bool RecordReader::mid_record() const {
    return mark_octets_ > 0 || in_fragment_ || !record_.empty();
}

} // namespace rpctls::wire
