// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/result.hpp"
#include "rpc/kernel/handshake.hpp"

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
    /// Any thread may call it.
    virtual Status done(kernel::HandshakeRequest request, const kernel::HandshakeOutcome &outcome) = 0;
};

class KernelRequests final : public RequestSource {
public:
    explicit KernelRequests(kernel::HandshakeService service) : service_(std::move(service)) {}
    Status join() override { return service_.join(); }
    void leave() override { service_.leave(); }
    int notification_fd() const override { return service_.notification_fd(); }
    Result<bool> read_notifications() override { return service_.read_notifications(); }
    Result<std::optional<kernel::HandshakeRequest>> accept() override { return service_.accept(); }
    Status done(kernel::HandshakeRequest request, const kernel::HandshakeOutcome &outcome) override {
        return service_.done(std::move(request), outcome);
    }

private:
    kernel::HandshakeService service_;
};

} // namespace rpctls::agent
