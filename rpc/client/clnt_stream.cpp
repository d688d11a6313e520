// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/clnt_stream.hpp"

#include "rpc/client/ready.hpp"

#include <cerrno>

namespace rpctls::client {

namespace {

Error failed_in_clear(int number) {
    return system_error(Stage::rpc, "connection-failed", "the connection with the server failed", number);
}

Error late(const char *what) {
    return Error{Stage::rpc, "rpc-timeout", what}.with_errno(ETIMEDOUT);
}

} // namespace

std::size_t ClntStream::pending() const {
    return channel() != nullptr ? channel()->pending() : 0;
}

int ClntStream::fd() const {
    return channel() != nullptr ? channel()->fd() : std::get<1>(connection_)->fd();
}

void ClntStream::keep_open(bool keep) {
    if (auto *channel = std::get_if<tls::Channel>(&connection_))
        channel->keep_open(keep);
    else
        std::get<1>(connection_)->keep_open(keep);
}

Result<ClntStream::Count> ClntStream::try_read(std::span<std::byte> room) {
    if (auto *channel = std::get_if<tls::Channel>(&connection_))
        return channel->receive(room);
    const ssize_t got = std::get<1>(connection_)->receive(room);
    if (got >= 0)
        return Count(static_cast<std::size_t>(got));
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return Count();
    return failed_in_clear(errno);
}

Result<ClntStream::Count> ClntStream::try_write(const Batch &batch) {
    if (auto *channel = std::get_if<tls::Channel>(&connection_))
        return batch.file ? channel->send(*batch.file) : channel->send(batch.octets, batch.more);
    tls::ChannelSocket &socket = *std::get<1>(connection_);
    std::size_t total = 0;
    const auto count = [&total](ssize_t sent) -> Status {
        if (sent >= 0)
            total += static_cast<std::size_t>(sent);
        else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            return failed_in_clear(errno);
        return {};
    };
    if (batch.file) {
        const auto sent = file_.send(socket.fd(), *batch.file);
        if (!sent)
            return sent.error();
        if (auto counted = count(*sent); !counted)
            return std::move(counted).error();
    }
    for (const auto &piece : batch.octets) {
        socket.expect_more(batch.more);
        const ssize_t sent = socket.send(piece);
        if (auto counted = count(sent); !counted)
            return std::move(counted).error();
        if (sent != static_cast<ssize_t>(piece.size()))
            break;
    }
    return total > 0 ? Count(total) : Count();
}

Result<std::size_t> ClntStream::read(std::span<std::byte> room) {
    bool wait = std::exchange(waits_first_, false) && pending() == 0;
    for (;;) {
        if (wait && !wait_readable(fd(), deadline_))
            return late("the server did not answer in time");
        auto got = try_read(room);
        if (!got)
            return std::move(got).error();
        if (*got && **got == 0)
            return Error{Stage::rpc, "rpc-closed", "the server ended the connection"}.with_errno(ECONNRESET);
        if (*got) {
            heard_ = true;
            return **got;
        }
        wait = true;
    }
}

Result<std::size_t> ClntStream::write(std::span<const std::byte> octets) {
    for (;;) {
        auto sent = try_write({.octets = std::span(&octets, 1)});
        if (!sent)
            return std::move(sent).error();
        if (*sent)
            return **sent;
        if (!wait_writable(fd(), deadline_))
            return late("the server did not take a call in time");
    }
}

} // namespace rpctls::client
