// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/ready.hpp"
#include "rpc/tls/session.hpp"
#include "tests/unit/client/scripted_peer.hpp"
#include "tests/unit/octets.hpp"

#include <optional>
#include <vector>

namespace rpctls::test {

/// The server's end of a session on a scripted peer's connection, blocking.
class TlsPeer {
public:
    /// Answers the probe with the token.
    static void offer(int fd) {
        const auto call = read_octets(fd, probe_size);
        if (call.size() == probe_size)
            write_octets(
                fd,
                answer_to(call, octets("00000001 00000000 00000000 00000008 53544152 54544c53 00000000")));
    }

    TlsPeer(int fd, tls::ServerParameters parameters)
        : fd_(fd), transport_(fd), session_(*tls::Session::server(std::move(parameters), transport_)) {}

    bool shake_hands() {
        for (;;) {
            const auto progress = session_.handshake();
            if (!progress || *progress == tls::Session::Progress::done)
                return progress.has_value();
            const short events = *progress == tls::Session::Progress::want_read ? POLLIN : POLLOUT;
            if (!client::wait_ready(fd_, events, Deadline::after(patience)))
                return false;
        }
    }

    /// `size` octets, fewer when the client ends the session.
    std::vector<std::byte> read(std::size_t size) {
        std::vector<std::byte> octets(size);
        std::size_t got = 0;
        while (got < size) {
            const auto count = session_.receive(std::span(octets).subspan(got));
            if (!count || (*count && **count == 0))
                break;
            if (*count)
                got += **count;
            else if (!client::wait_readable(fd_, Deadline::after(patience)))
                break;
        }
        octets.resize(got);
        return octets;
    }

    void write(std::span<const std::byte> octets) { (void)session_.send(octets); }

    /// Reads a NULL call and answers it with `rest`, words behind the xid.
    bool answer(std::string_view rest = "00000001 00000000 00000000 00000000 00000000") {
        const auto call = read(probe_size);
        if (call.size() != probe_size)
            return false;
        write(answer_to(call, octets(rest)));
        return true;
    }

    tls::Session &session() { return session_; }

private:
    static constexpr std::chrono::seconds patience{5}; // with a client that says nothing

    int fd_;
    tls::SocketTransport transport_;
    tls::Session session_;
};

} // namespace rpctls::test
