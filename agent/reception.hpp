// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/log.hpp"
#include "agent/request_source.hpp"

#include "rpc/base/fd.hpp"

#include <atomic>
#include <functional>
#include <thread>

namespace rpctls::agent {

/// The thread that takes requests from the kernel the moment they are announced. It does nothing else, and runs ahead of
/// all ordinary threads where it may: the kernel keeps only a handful of requests pending, three in a small machine, and
/// fails those beyond, so nothing that this host computes, least of all handshakes, may come between.
class Reception {
public:
    using Taken = std::function<void(kernel::HandshakeRequest)>;
    using Failed = std::function<void(const Error &)>;

    /// `source` and `log` are borrowed. Both functions are called on the reception's own thread.
    Reception(RequestSource &source, const Log &log, Taken taken, Failed failed);
    Reception(const Reception &) = delete;
    Reception &operator=(const Reception &) = delete;
    ~Reception();

    /// Begins to serve a source that has joined; what waits already is taken first. Errors (stage kernel):
    /// reception-failed.
    Status start();
    /// Leaves the kernel's group, hands over what had been announced before that, and ends the thread. With a
    /// successor to come it does not leave, and what waits is left to that one.
    void stop(bool successor = false);

private:
    void run();
    /// False: the kernel refused one. Each refused ACCEPT may cost a request, so there is no insisting.
    bool take_all();

    RequestSource &source_;
    const Log &log_;
    Taken taken_;
    Failed failed_;
    Fd stop_;
    std::atomic<bool> successor_{false}; ///< set before the thread is told to stop
    std::thread thread_;
};

} // namespace rpctls::agent
