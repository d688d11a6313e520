// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/batch.hpp"
#include "rpc/base/deadline.hpp"
#include "rpc/base/file_sender.hpp"
#include "rpc/tls/channel.hpp"
#include "rpc/wire/record_stream.hpp"

#include <variant>

namespace rpctls::client {

/// The connection of a CLIENT handle, inside TLS or in clear, that waits as long as a call may take.
class ClntStream final : public wire::RecordStream::Source {
public:
    explicit ClntStream(tls::Channel channel) : connection_(std::move(channel)) {}
    explicit ClntStream(std::unique_ptr<tls::ChannelSocket> in_clear) : connection_(std::move(in_clear)) {}

    /// Until when read() and write() may wait.
    void set_deadline(Deadline deadline) { deadline_ = deadline; }
    /// Nothing is expected before the peer has got what was sent: the next read() waits before it looks.
    void expect_answer() { waits_first_ = true; }

    /// Errors: those of tls::Channel::receive(); stage rpc: rpc-timeout (come again), rpc-closed (the peer ended the
    /// session in order), connection-failed (in clear).
    Result<std::size_t> read(std::span<std::byte> room) override;
    /// As many octets as the connection takes, one at least. Errors: as read().
    Result<std::size_t> write(std::span<const std::byte> octets);

    using Count = std::optional<std::size_t>;
    /// Without waiting. The count, 0 at the peer's end in order; absent when there is nothing now. Errors: as read().
    Result<Count> try_read(std::span<std::byte> room);
    /// As much of it, in the order of the pieces, as the connection takes now, of a file no more than most_of_file at a time;
    /// absent: none, come again with the same. Errors: as write(); file-too-short, file-unreadable (stage input).
    Result<Count> try_write(const Batch &batch);
    /// More than zero: try_read() may give something although the socket does not become readable.
    std::size_t pending() const;

    int fd() const;
    void keep_open(bool keep);
    /// Absent in clear.
    tls::Channel *channel() { return std::get_if<tls::Channel>(&connection_); }
    const tls::Channel *channel() const { return std::get_if<tls::Channel>(&connection_); }
    /// Octets came from the peer, so it has taken us in.
    bool heard() const { return heard_; }

private:
    std::variant<tls::Channel, std::unique_ptr<tls::ChannelSocket>> connection_;
    FileSender file_; ///< in clear
    Deadline deadline_{Deadline::Clock::time_point()};
    bool waits_first_ = false;
    bool heard_ = false;
};

} // namespace rpctls::client
