// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/connect.hpp"

#include "rpc/base/server_name.hpp"
#include "rpc/base/text.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <rpc/rpc.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <vector>

namespace rpctls::client {

namespace {

/// Reserved ports that linger from earlier connections to the same address make connect(2) fail; another may do.
constexpr int most_ports_tried = 4;

/// As RFC 8305 section 5 recommends: so long an address is waited for alone.
constexpr std::chrono::milliseconds head_start{250};

std::uint16_t port_of(const Address &address) {
    return address.family() == AF_INET6
               ? ntohs(reinterpret_cast<const sockaddr_in6 *>(address.get())->sin6_port)
               : ntohs(reinterpret_cast<const sockaddr_in *>(address.get())->sin_port);
}

Error failure(int number, const std::string &peer, std::uint16_t port) {
    const auto error = [&](const char *name, const char *what) {
        return system_error(Stage::connect, name, what + peer, number);
    };
    switch (number) {
    case ECONNREFUSED:
        return error("connection-refused", "nothing listens on ")
            .advise(
                "start the server there, or check the port (NFS: 2049); a firewall may answer so too, port " +
                std::to_string(port));
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case EADDRNOTAVAIL:
        return error("unreachable", "no way to ")
            .advise("check the address, the route to it (ip route get) and firewalls");
    case ETIMEDOUT:
        return error("connect-timeout", "no answer from ")
            .advise("check that the host is up and that no firewall drops packets to port " +
                    std::to_string(port));
    case EACCES:
    case EPERM:
        return error("unreachable", "this machine does not allow a connection to ")
            .advise("look at this machine's own firewall rules");
    default:
        return error("connect-failed", "cannot connect to ");
    }
}

/// Begins a connection: 0 when it stands already, EINPROGRESS when it is on its way, or why there is none.
int begin(const Address &address, bool reserved_port, Fd &fd) {
    fd.reset(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (!fd.is_open())
        return errno;
    // Every exchange here is one small message and its answer.
    const int on = 1;
    (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (reserved_port)
        (void)::bindresvport_sa(fd.get(), nullptr);
    if (::connect(fd.get(), address.get(), address.size) == 0)
        return 0;
    return errno == EINTR ? EINPROGRESS : errno;
}

/// The connection to one address: it stands (number 0), is on its way (EINPROGRESS), or came to nothing (why).
struct Attempt {
    Fd fd;
    int number = EINPROGRESS;
    Deadline until;

    bool under_way() const { return number == EINPROGRESS; }
};

Attempt start(const Address &address, bool reserved_port, Deadline until) {
    Attempt attempt{{}, 0, until};
    for (int tried = 0; tried < most_ports_tried; ++tried) {
        attempt.number = begin(address, reserved_port, attempt.fd);
        if (!reserved_port || (attempt.number != EADDRNOTAVAIL && attempt.number != EADDRINUSE))
            break;
    }
    return attempt;
}

/// Sleeps until one of them may have come to an end, or `wake`.
void wait_for_any(std::vector<Attempt> &attempts, Deadline wake) {
    std::vector<pollfd> entries;
    for (const Attempt &attempt : attempts)
        if (attempt.under_way()) {
            entries.push_back({attempt.fd.get(), POLLOUT, 0});
            wake = wake.earlier_of(attempt.until);
        }
    (void)::poll(entries.data(), entries.size(), static_cast<int>(wake.left().count()));
    std::size_t next = 0;
    for (Attempt &attempt : attempts) {
        if (!attempt.under_way())
            continue;
        if (entries[next++].revents != 0) {
            socklen_t size = sizeof attempt.number;
            if (::getsockopt(attempt.fd.get(), SOL_SOCKET, SO_ERROR, &attempt.number, &size) != 0)
                attempt.number = errno;
        } else if (attempt.until.passed()) {
            attempt.number = ETIMEDOUT;
        }
        if (!attempt.under_way() && attempt.number != 0)
            attempt.fd.reset();
    }
}

/// Of those tried: the last one counts, with what became of those before beside it.
Error failure_of_all(std::span<const Attempt> attempts, std::span<const Address> addresses,
                     std::string_view host) {
    std::optional<Error> before;
    for (std::size_t i = 0; i < attempts.size(); ++i) {
        Error error = failure(attempts[i].number, describe(host, addresses[i]), port_of(addresses[i]));
        if (before)
            error.facts.push_back({"before that", summary(*before)});
        before = std::move(error);
    }
    return std::move(*before);
}

} // namespace

std::string describe(std::string_view host, const Address &address) {
    const std::string text = address.text();
    std::string peer = printable(bare_host(host, true));
    if (peer != text)
        peer += " (" + text + ")";
    return peer + " port " + std::to_string(port_of(address));
}

Result<Connected> connect_first(std::span<const Address> addresses, std::string_view host, bool reserved_port,
                                std::chrono::milliseconds patience, Deadline overall) {
    std::vector<Attempt> attempts;
    Deadline next = overall;
    const auto under_way = [&] { return std::ranges::any_of(attempts, &Attempt::under_way); };
    do {
        while (attempts.size() < addresses.size() &&
               (attempts.empty() || (!overall.passed() && (!under_way() || next.passed())))) {
            attempts.push_back(start(addresses[attempts.size()], reserved_port,
                                     overall.earlier_of(Deadline::after(patience))));
            next = Deadline::after(head_start);
            if (attempts.back().number == 0)
                break;
        }
        if (under_way())
            wait_for_any(attempts, attempts.size() < addresses.size() ? next : overall);
        for (std::size_t i = 0; i < attempts.size(); ++i)
            if (attempts[i].number == 0)
                return Connected{std::move(attempts[i].fd), i};
    } while (under_way() || (attempts.size() < addresses.size() && !overall.passed()));
    return failure_of_all(attempts, addresses, host);
}

Result<Fd> connect(const Address &address, std::string_view host, bool reserved_port, Deadline deadline) {
    auto connected = connect_first(std::span(&address, 1), host, reserved_port, deadline.left(), deadline);
    if (!connected)
        return std::move(connected).error();
    return std::move(connected->fd);
}

} // namespace rpctls::client
