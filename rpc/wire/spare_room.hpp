// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace rpctls::wire {

/// Room that has held a large record and is taken for the next one, whoever that comes from: memory fresh from the system
/// costs more than all that is done with a large record here. Shared by the readers of one thread.
class SpareRoom {
public:
    /// Gives an empty vector the room.
    void lend(std::vector<std::byte> &record) {
        room_.clear();
        record.swap(room_);
    }
    /// Of a record that is done with: it is kept when it is the largest, up to a bound.
    void take_back(std::vector<std::byte> &record) {
        if (record.capacity() > room_.capacity() && record.capacity() <= largest_kept)
            room_.swap(record);
    }

private:
    static constexpr std::size_t largest_kept = 4 << 20;
    std::vector<std::byte> room_;
};

} // namespace rpctls::wire
