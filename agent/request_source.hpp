// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/handshake.hpp"
#include "rpctls/result.hpp"

#include <optional>

namespace rpctls::agent {

/// The kernel as the agent's main loop sees it: HandshakeService, or a fake in tests.
class RequestSource {
public:
    virtual ~RequestSource() = default;
    virtual Status join() = 0;
    virtual void leave() = 0;
    virtual int notification_fd() const = 0;
    virtual Result<bool> read_notifications() = 0;
    virtual Result<std::optional<kernel::HandshakeRequest>> accept() = 0;
    /// Whether an outcome's tags reach anybody.
    virtual bool takes_tags() const { return false; }
    /// Any thread may call it.
    virtual Status done(kernel::HandshakeRequest request, const kernel::HandshakeOutcome &outcome) = 0;
};

} // namespace rpctls::agent
