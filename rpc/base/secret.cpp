// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/secret.hpp"

#include "rpc/base/locked_slots.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace rpctls {

Secret::Secret(std::size_t size) {
    if (size == 0)
        return;
    in_slot_ = size <= LockedSlots::slot_size;
    bytes_ = {in_slot_ ? LockedSlots::shared().take() : map_locked(size), size};
}

Secret::Secret(std::span<const std::byte> bytes) : Secret(bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

Secret &Secret::operator=(Secret &&other) noexcept {
    if (this != &other) {
        free();
        bytes_ = std::exchange(other.bytes_, {});
        in_slot_ = other.in_slot_;
    }
    return *this;
}

Secret::~Secret() {
    free();
}

void Secret::free() {
    if (bytes_.data() == nullptr)
        return;
    wipe(bytes_);
    if (in_slot_)
        LockedSlots::shared().give_back(bytes_.data());
    else // shrunk to nothing it still has its first page; pages behind the last border went when it was shrunk
        ::munmap(bytes_.data(), whole_pages(std::max<std::size_t>(bytes_.size(), 1)));
    bytes_ = {};
}

void Secret::shrink(std::size_t size) {
    if (size >= bytes_.size())
        return;
    wipe(bytes_.subspan(size));
    if (!in_slot_) {
        const std::size_t kept = whole_pages(std::max<std::size_t>(size, 1));
        const std::size_t had = whole_pages(bytes_.size());
        if (kept < had)
            ::munmap(bytes_.data() + kept, had - kept);
    }
    bytes_ = bytes_.first(size);
}

bool Secret::equals(std::span<const std::byte> other) const {
    if (other.size() != bytes_.size())
        return false;
    std::byte difference{};
    for (std::size_t i = 0; i < other.size(); ++i)
        difference |= bytes_[i] ^ other[i];
    return difference == std::byte{};
}

void wipe(std::span<std::byte> memory) {
    if (!memory.empty())
        ::explicit_bzero(memory.data(), memory.size());
}

} // namespace rpctls
