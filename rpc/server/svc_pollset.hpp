// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <poll.h>
#include <rpc/rpc.h>
#include <rpc/svc_mt.h>

#include <type_traits>

namespace rpctls::server {

/// The types of SVCXPRT's tables, whose own names its members hide.
using SvcOperations = std::remove_cv_t<std::remove_pointer_t<decltype(SVCXPRT::xp_ops)>>;
using SvcOtherOperations = std::remove_cv_t<std::remove_pointer_t<decltype(SVCXPRT::xp_ops2)>>;

/// A transport's entry among libtirpc's (svc_pollfd): what svc_run() and every loop over svc_pollfd waits for. It belongs to
/// the thread that runs the loop.
class PollEntry {
public:
    /// What xprt_register() sets.
    static constexpr short reading = POLLIN | POLLPRI | POLLRDNORM | POLLRDBAND;

    /// xprt_register(), which keeps silent when it cannot: false then.
    bool add(SVCXPRT &transport);
    void remove(SVCXPRT &transport);
    /// Waits for `events` from now on.
    void want(const SVCXPRT &transport, short events);

private:
    bool find(int fd);

    bool added_ = false;
    short events_ = reading;
    int slot_ = 0; ///< where it was last
};

} // namespace rpctls::server
