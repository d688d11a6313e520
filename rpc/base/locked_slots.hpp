// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

namespace rpctls {

/// Memory for small secrets: pages that are locked and kept out of core dumps once, then cut into slots that are used
/// again and again. A mapping for each key would cost four system calls and a page of locked memory. Safe for several
/// threads. Pages are never given back: there are as many as the most secrets at once ever needed.
class LockedSlots {
public:
    static constexpr std::size_t slot_size = 128;

    /// One for the process, never destroyed, so that secrets in static objects can go late.
    static LockedSlots &shared();

    /// A slot of zeros. Throws std::bad_alloc.
    std::byte *take();
    /// `slot` must have been wiped.
    void give_back(std::byte *slot) noexcept;

private:
    void add_block();

    std::mutex lock_;
    std::vector<std::byte *>
        free_; ///< its capacity is that of all slots, so that giving back never allocates
    std::size_t slots_ = 0;
};

/// Pages that are locked, as far as the limit on locked memory goes, and left out of core dumps. Throws std::bad_alloc.
/// `size` is rounded up to whole pages.
std::byte *map_locked(std::size_t size);
std::size_t whole_pages(std::size_t size);

} // namespace rpctls
