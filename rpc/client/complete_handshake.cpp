// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/complete_handshake.hpp"

#include "rpc/client/ready.hpp"

namespace rpctls::client {

namespace {

constexpr const char *absent_agent =
    "the server offers TLS, but what performs its handshakes (rpctlsd or tlshd) may be "
    "absent, slow or without a certificate: look at that agent on the server";

} // namespace

Status complete_handshake(tls::Session &session, int fd, const std::string &peer, Deadline deadline) {
    for (;;) {
        auto progress = session.handshake();
        if (!progress) {
            Error error = std::move(progress).error();
            if (error.name == "handshake-closed" || error.name == "handshake-reset")
                error.hint = absent_agent;
            return std::move(error).with("server", peer);
        }
        if (*progress == tls::Session::Progress::done)
            return {};
        const bool ready = *progress == tls::Session::Progress::want_read ? wait_readable(fd, deadline)
                                                                          : wait_writable(fd, deadline);
        if (!ready)
            return Error{Stage::handshake, "handshake-timeout",
                         "the TLS handshake with " + peer + " stands still"}
                .advise(absent_agent);
    }
}

} // namespace rpctls::client
