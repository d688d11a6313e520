// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/deadline.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace rpctls::client {

/// Waits until the descriptor is ready for `events` (or is beyond them: an error, the end); false at the deadline.
inline bool wait_ready(int fd, short events, Deadline deadline) {
    for (;;) {
        pollfd entry{fd, events, 0};
        const auto left = std::min<std::chrono::milliseconds::rep>(deadline.left().count(), 1 << 30);
        const int ready = ::poll(&entry, 1, static_cast<int>(left));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR && errno != EAGAIN)
            return true; // the call that waits for readiness will say what is wrong
        if (deadline.passed())
            return false;
    }
}

inline bool wait_readable(int fd, Deadline deadline) {
    return wait_ready(fd, POLLIN, deadline);
}

inline bool wait_writable(int fd, Deadline deadline) {
    return wait_ready(fd, POLLOUT, deadline);
}

} // namespace rpctls::client
