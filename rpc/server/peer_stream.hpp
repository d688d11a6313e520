// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/batch.hpp"
#include "rpc/base/file_sender.hpp"
#include "rpc/face/session.hpp"
#include "rpc/server/reception.hpp"
#include "rpc/server/server_context.hpp"
#include "rpc/tls/channel.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace rpctls::server {

/// One client's connection as a stream of octets: in clear at first, inside TLS after shake_hands(). Nothing waits. It
/// belongs to one thread at a time. Its end is orderly: close_notify, and no RST that would overtake the last answer.
class PeerStream {
public:
    using Progress = tls::Session::Progress;

    explicit PeerStream(Fd fd) : socket_(std::make_unique<tls::ChannelSocket>(std::move(fd))) {}
    ~PeerStream();
    PeerStream(const PeerStream &) = delete;
    PeerStream &operator=(const PeerStream &) = delete;

    int fd() const { return channel_ ? channel_->fd() : socket_ ? socket_->fd() : -1; }

    /// The count, 0 at the end, absent when there is nothing now. Errors: those of Channel::receive().
    Result<std::optional<std::size_t>> receive(std::span<std::byte> room);
    /// The count taken, absent when nothing is taken now; of a file no more than most_of_file at a time. Errors: those of
    /// Channel::send(); connection-broken (stage rpc).
    Result<std::optional<std::size_t>> send(const Batch &batch);
    /// What receive() gives goes to `reception`, by way of `room`.
    enum class Heard { nothing, octets, end };
    Result<Heard> feed(Reception &reception, std::span<std::byte> room);
    /// receive() may give something although the socket does not become readable.
    bool has_pending() const { return channel_ && channel_->pending() > 0; }
    /// Tells `reception` of what came between a probe and its answer: a client has nothing to say then (RFC 9289 5.1.1).
    void note_stray_octets(Reception &reception);

    /// A server's half of the handshake, as far as the client lets it. Errors: those of Session::handshake() and
    /// Channel::adopt(); the stream is good for its end only then.
    Result<Progress> shake_hands(const ServerContext &context);
    bool is_shaking_hands() const { return handshake_.has_value(); }

    /// See tls::Channel; in clear there is nothing to do.
    Status update_keys(bool peer_too) { return channel_ ? channel_->update_keys(peer_too) : Status(); }
    bool is_worn() const { return channel_ && channel_->is_worn(); }
    void limit_records_of_a_key(std::uint64_t records) {
        if (channel_)
            channel_->limit_records_of_a_key(records);
    }

    /// Absent in clear. What is said of it does not change, and may outlive the stream.
    const std::shared_ptr<const rpctls_session> &session() const { return facts_; }
    /// Why its client would not be believed any more by what is in the files now (R-5.2.1-13); absent when it would, or
    /// proved nothing.
    std::optional<Error> objection(const SvcSnapshot &now) const;
    /// What the audit says of the session.
    std::string session_text() const;

private:
    Result<ssize_t> send_in_clear(const Batch &batch);
    Status begin_handshake(const ServerContext &context);
    Result<tls::ServerChoice> choose(const SvcSettings &settings, const std::optional<std::string> &name);
    Status finish_handshake(const ServerContext &context);

    std::unique_ptr<tls::ChannelSocket> socket_; ///< until the channel has it
    FileSender file_;                            ///< in clear
    std::optional<tls::Session> handshake_;
    std::shared_ptr<const SvcSnapshot> snapshot_; ///< by which the session was begun
    std::optional<std::string> label_;            ///< of what was chosen from it
    std::optional<tls::Channel> channel_;
    std::shared_ptr<const rpctls_session> facts_;
};

/// What the audit says of an error that ends a connection.
std::string end_text(const Error &error);

} // namespace rpctls::server
