// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/locked_slots.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace rpctls {

namespace {

constexpr std::size_t block_size = 16384;

} // namespace

std::size_t whole_pages(std::size_t size) {
    static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return (size + page - 1) / page * page;
}

std::byte *map_locked(std::size_t size) {
    const std::size_t length = whole_pages(size);
    void *memory = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw std::bad_alloc();
    // Both are best effort: an unprivileged program may have no locked memory left, and must still work.
    (void)::mlock(memory, length);
    (void)::madvise(memory, length, MADV_DONTDUMP);
    return static_cast<std::byte *>(memory);
}

LockedSlots &LockedSlots::shared() {
    static auto *const slots = new LockedSlots;
    return *slots;
}

std::byte *LockedSlots::take() {
    const std::lock_guard hold(lock_);
    if (free_.empty())
        add_block();
    std::byte *const slot = free_.back();
    free_.pop_back();
    return slot;
}

void LockedSlots::give_back(std::byte *slot) noexcept {
    const std::lock_guard hold(lock_);
    free_.push_back(slot);
}

void LockedSlots::add_block() {
    const std::size_t count = block_size / slot_size;
    free_.reserve(slots_ + count);
    std::byte *const block = map_locked(block_size);
    slots_ += count;
    for (std::size_t i = 0; i < count; ++i)
        free_.push_back(block + i * slot_size);
}

} // namespace rpctls
