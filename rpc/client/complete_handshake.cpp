// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/complete_handshake.hpp"

#include "rpc/client/ready.hpp"

namespace rpctls::client {

namespace {

constexpr const char *absent_agent =
    "the server offers TLS, but what performs its handshakes (rpctlsd or tlshd) may be "
    "absent, slow or without a certificate: look at that agent on the server";

} // namespace

Status run_handshake(tls::Session &session, int fd, const std::string &peer, Deadline deadline) {
    for (;;) {
        auto progress = session.handshake();
        if (!progress)
            return std::move(progress).error();
        if (*progress == tls::Session::Progress::done)
            return {};
        const bool ready = *progress == tls::Session::Progress::want_read ? wait_readable(fd, deadline)
                                                                          : wait_writable(fd, deadline);
        if (!ready)
            return Error{Stage::handshake, "handshake-timeout",
                         "the TLS handshake with " + peer + " stands still"};
    }
}

Status complete_handshake(tls::Session &session, int fd, const std::string &peer, Deadline deadline) {
    auto done = run_handshake(session, fd, peer, deadline);
    if (done)
        return done;
    Error error = std::move(done).error();
    const bool timeout = error.name == "handshake-timeout";
    if (timeout || error.name == "handshake-closed" || error.name == "handshake-reset")
        error.hint = absent_agent;
    return timeout ? error : std::move(error).with("server", peer);
}

} // namespace rpctls::client
