// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/svc_pollset.hpp"

#include <poll.h>

namespace rpctls::server {

bool PollEntry::find(int fd) {
    if (slot_ < svc_max_pollfd && svc_pollfd[slot_].fd == fd)
        return true;
    for (slot_ = 0; slot_ < svc_max_pollfd; ++slot_)
        if (svc_pollfd[slot_].fd == fd)
            return true;
    slot_ = 0;
    return false;
}

bool PollEntry::add(SVCXPRT &transport) {
    ::xprt_register(&transport);
    events_ = reading;
    added_ = find(transport.xp_fd);
    return added_;
}

void PollEntry::remove(SVCXPRT &transport) {
    if (added_)
        ::xprt_unregister(&transport);
    added_ = false;
}

void PollEntry::want(const SVCXPRT &transport, short events) {
    if (!added_ || events == events_ || !find(transport.xp_fd))
        return;
    svc_pollfd[slot_].events = events;
    events_ = events;
}

} // namespace rpctls::server
