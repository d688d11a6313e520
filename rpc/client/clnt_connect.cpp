// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/clnt_connect.hpp"

#include "rpc/base/server_name.hpp"
#include "rpc/client/complete_handshake.hpp"
#include "rpc/client/connect.hpp"
#include "rpc/client/resolve.hpp"
#include "rpc/client/starttls_exchange.hpp"
#include "rpc/tls/peer_name.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace rpctls::client {

namespace {

/// Nothing is sent over what cannot carry TLS: UDP (DTLS 1.3 is not to be had), AF_LOCAL, others (R-4.1-2, R-5.1.2-1).
Status check_transport(int fd, ClntPolicy policy) {
    int type = 0, protocol = 0;
    socklen_t size = sizeof type;
    sockaddr_storage peer{};
    socklen_t peer_size = sizeof peer;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
        ::getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) != 0 ||
        ::getpeername(fd, reinterpret_cast<sockaddr *>(&peer), &peer_size) != 0)
        return system_error(Stage::input, "socket-unsuitable", "this is no connected socket", errno);
    if (type != SOCK_STREAM || (policy != ClntPolicy::none && protocol != IPPROTO_TCP))
        return Error{Stage::input, "transport-unsuitable",
                     policy == ClntPolicy::none ? "RPC in records needs a stream socket"
                                                : "RPC-with-TLS needs a TCP connection"}
            .with_errno(EPROTONOSUPPORT)
            .advise("connect over TCP: what protects datagrams (DTLS 1.3) is not to be had");
    return {};
}

/// Where a connection leads: another server of the same name would make nothing of the ticket, and it would be gone.
std::string peer_of(int fd) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    (void)::getpeername(fd, reinterpret_cast<sockaddr *>(&peer), &size);
    return {reinterpret_cast<const char *>(&peer), std::min<std::size_t>(size, sizeof peer)};
}

Result<tls::Session> open_session(tls::ChannelSocket &socket, const ClntTarget &target) {
    std::string name = target.server_name.value_or(bare_host(target.host, false));
    if (!target.psk)
        return tls::Session::client({.credentials = target.credentials,
                                     .server_name = std::move(name),
                                     .present_identity = target.present_identity,
                                     .pins = target.pins,
                                     .alpn = target.alpn,
                                     .tickets = target.tickets,
                                     .ticket_scope = target.ticket_scope + peer_of(socket.fd())},
                                    socket);
    const auto parsed = tls::PeerName::parse(name);
    return tls::Session::psk_client({.policy = target.psk->policy(),
                                     .key = tls::duplicate(target.psk->first()),
                                     .server_name = std::move(name),
                                     .alpn = target.alpn,
                                     .requested_name = parsed ? parsed->sni() : ""},
                                    socket);
}

Result<tls::Channel> start_tls(std::unique_ptr<tls::ChannelSocket> socket, const ClntTarget &target,
                               const std::string &peer, Deadline deadline) {
    auto session = open_session(*socket, target);
    if (!session)
        return std::move(session).error();
    if (auto shaken = complete_handshake(*session, socket->fd(), peer, deadline); !shaken)
        return std::move(shaken).error();
    if (target.policy == ClntPolicy::mtls && !target.psk && !session->facts().certificate_sent) {
        session->close();
        return Error{Stage::handshake, "client-certificate-not-requested",
                     "the server does not ask who its clients are"}
            .with("server", peer)
            .advise("ask for TLS without a client certificate, or have the server ask for one");
    }
    return tls::Channel::adopt(std::move(socket), std::move(*session), target.ktls);
}

} // namespace

Result<ClntStream> protect_clnt(Fd fd, bool keep_open, const ClntTarget &target, const std::string &peer,
                                Deadline deadline, bool *ended) {
    *ended = false;
    auto socket = std::make_unique<tls::ChannelSocket>(std::move(fd));
    socket->keep_open(keep_open);
    const int number = socket->fd();
    if (auto suitable = check_transport(number, target.policy); !suitable)
        return std::move(suitable).error();
    if (target.policy == ClntPolicy::none)
        return ClntStream(std::move(socket));
    const auto end = [&](Error error) {
        *ended = true;
        if (keep_open) // otherwise it is closed already, or about to be
            (void)::shutdown(number, SHUT_RDWR);
        return error;
    };
    auto probe = ask_for_tls(number, target.program, target.version, peer, deadline);
    if (!probe)
        return end(std::move(probe).error());
    if (auto offered = tls_offered(*probe, peer); !offered) {
        // An answer, and the answer is no. Silence, an end or nonsense are none, whatever the policy.
        if (target.policy == ClntPolicy::opportunistic)
            return ClntStream(std::move(socket));
        return end(std::move(offered).error());
    }
    // Past this there is no way back into the clear, for no policy (R-4.1-18).
    auto channel = start_tls(std::move(socket), target, peer, deadline);
    if (!channel)
        return end(std::move(channel).error());
    return ClntStream(std::move(*channel));
}

Result<ClntStream> connect_clnt(const ClntTarget &target, std::uint16_t port) {
    const auto overall = Deadline::after(target.timeout);
    auto addresses = resolve(target.host, port, overall);
    if (!addresses)
        return std::move(addresses).error();
    auto connected = connect_first(*addresses, target.host, ::geteuid() == 0, target.timeout / 2, overall);
    if (!connected)
        return std::move(connected).error();
    bool ended = false;
    return protect_clnt(std::move(connected->fd), false, target,
                        describe(target.host, (*addresses)[connected->index]), overall, &ended);
}

} // namespace rpctls::client
