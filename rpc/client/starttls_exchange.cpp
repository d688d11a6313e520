// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/starttls_exchange.hpp"

#include "rpc/client/null_call.hpp"
#include "rpc/client/ready.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace rpctls::client {

Result<StartTlsProbe> ask_for_tls(int fd, std::uint32_t program, std::uint32_t version,
                                  const std::string &peer, Deadline deadline) {
    StartTlsProbe probe(program, version, new_xid());
    const auto ended = [&](int number) { return probe.closed().with("server", peer).with_errno(number); };
    const auto late = [&] {
        return Error{Stage::probe, "probe-timeout", "the TLS probe got no answer from " + peer}.advise(
            "something listens there but does not answer RPC: check the port, and whether the server is "
            "overloaded");
    };
    for (auto rest = probe.call(); !rest.empty();) {
        const ssize_t sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0)
            rest = rest.subspan(static_cast<std::size_t>(sent));
        else if (errno != EAGAIN && errno != EINTR)
            return ended(errno);
        else if (!wait_writable(fd, deadline))
            return late();
    }
    std::array<std::byte, 2048> room;
    while (probe.state() == StartTlsProbe::State::waiting) {
        const ssize_t got = ::recv(fd, room.data(), room.size(), MSG_DONTWAIT);
        if (got > 0) {
            auto fed = probe.feed(std::span(room).first(static_cast<std::size_t>(got)));
            if (!fed)
                return std::move(fed).error().with("server", peer);
        } else if (got == 0) {
            return ended(0);
        } else if (errno != EAGAIN && errno != EINTR) {
            return ended(errno);
        } else if (!wait_readable(fd, deadline)) {
            return late();
        }
    }
    return probe;
}

Status tls_offered(const StartTlsProbe &probe, const std::string &peer) {
    if (probe.state() == StartTlsProbe::State::offered)
        return {};
    const bool refused = probe.state() == StartTlsProbe::State::refused;
    return Error{Stage::probe, refused ? "tls-refused" : "tls-not-offered",
                 peer + (refused ? " does not know RPC-with-TLS" : " speaks RPC but does not offer TLS")}
        .with("expected", "the STARTTLS token (RFC 9289 4.1)")
        .with("seen", wire::describe(*probe.reply()))
        .advise("the server needs RPC-with-TLS (Linux NFS: kernel 6.4 or newer, built with it); only if "
                "plain text is acceptable, ask for no TLS (xprtsec=none)");
}

} // namespace rpctls::client
