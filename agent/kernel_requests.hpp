// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/request_source.hpp"

namespace rpctls::agent {

/// The kernel's own requests. accept() leaves the calling thread without the keyring that the kernel gave it with the
/// request: who needs its keys possesses them for as long as that takes, and nobody else does (see KeySource).
class KernelRequests final : public RequestSource {
public:
    explicit KernelRequests(kernel::HandshakeService service) : service_(std::move(service)) {}
    Status join() override { return service_.join(); }
    void leave() override { service_.leave(); }
    int notification_fd() const override { return service_.notification_fd(); }
    Result<bool> read_notifications() override { return service_.read_notifications(); }
    Result<std::optional<kernel::HandshakeRequest>> accept() override;
    bool takes_tags() const override { return service_.takes_tags(); }
    Status done(kernel::HandshakeRequest request, const kernel::HandshakeOutcome &outcome) override {
        return service_.done(std::move(request), outcome);
    }

private:
    kernel::HandshakeService service_;
};

} // namespace rpctls::agent
