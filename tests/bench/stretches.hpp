// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <cstdint>

/// How long a thread of a server works between two waits for descriptors. A client that is ready meanwhile waits for that
/// long at least, whatever the machine does: it is processor time, without what others take.
namespace rpctls::bench {

struct Stretches {
    std::atomic<std::int64_t> longest{0}; ///< nanoseconds
    std::atomic<std::int64_t> all{0};
    std::atomic<std::int64_t> over_5_ms{0};
    void clear() { longest = all = over_5_ms = 0; }
};

/// In memory that is shared with the processes forked afterwards.
Stretches &shared_stretches();
/// This process's are counted from now on. poll(2) and epoll_wait(2) are this program's own for that.
void watch_stretches(Stretches &stretches);

} // namespace rpctls::bench
