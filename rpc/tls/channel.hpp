// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/channel_socket.hpp"
#include "rpc/tls/session.hpp"
#include "rpctls/file_range.hpp"

namespace rpctls::tls {

/// Whether the kernel is to seal and open a connection's records (kTLS).
enum class KtlsUse {
    never,
    if_possible, ///< where it cannot, GnuTLS goes on
    required,
};

/// An RPC connection after its handshake: owns the socket and the session, and is a non-blocking duplex stream of octets.
/// Whether the kernel or GnuTLS does the records makes no difference to its user. It belongs to one thread at a time.
///
/// Nothing is waited for: poll(2) fd() for POLLIN after receive() gave nothing (and only then: octets may be here
/// already, see pending()), for POLLOUT after send() took nothing.
class Channel {
public:
    /// `session` is one whose handshake is done, with `*socket` for its transport, between two records. Errors (stage
    /// kernel), with KtlsUse::required, and when the kernel breaks off half-way: those of prime_ktls(). Stage input:
    /// argument-invalid, when the handshake is not done. After an error the connection is closed.
    static Result<Channel> adopt(std::unique_ptr<ChannelSocket> socket, Session session, KtlsUse use);

    Channel(Channel &&) noexcept;
    Channel &operator=(Channel &&) noexcept;
    /// With close().
    ~Channel();

    /// As Session::receive(): the count, 0 when the peer ended the session with close_notify, absent when there is nothing
    /// now. The same errors; and, where the kernel has the keys, key-update-unsupported (stage rpc): the peer changed its
    /// keys, which the kernel is not told here; the connection was ended with close_notify, and the way on is a new one.
    Result<std::optional<std::size_t>> receive(std::span<std::byte> room);

    /// As many of the octets, in the order of the pieces, as the connection takes now. Absent: none; call again with the
    /// same octets, a few of which may be sealed already. `more`: what is sent next follows at once, and may share their
    /// last record. Errors as with receive(), and session-closed after close().
    Result<std::optional<std::size_t>> send(std::span<const std::span<const std::byte>> pieces,
                                            bool more = false);
    Result<std::optional<std::size_t>> send(std::span<const std::byte> octets) {
        return send(std::span(&octets, 1));
    }
    /// The same for octets of a file, at most most_of_file at a time: by sendfile(2) where the kernel seals, else by way of
    /// a buffer. Errors: those of send(); file-too-short, file-unreadable (stage input): the session itself is sound then.
    Result<std::optional<std::size_t>> send(const FileRange &range);

    /// See Session::update_keys(). Error (stage kernel): key-update-unsupported, where the kernel has the keys; nothing has
    /// changed then.
    Status update_keys(bool peer_too);
    /// The kernel has sealed nearly as many records with its key as is sound (RFC 8446 5.5), and cannot be given another:
    /// end the connection where nothing is under way. Who goes on comes to key-worn (stage rpc) at twice as many, still
    /// within what is sound, after close_notify. Never, where the library seals: it changes keys by itself.
    bool is_worn() const;
    /// After so many records of one key; at first most_records_of_a_key.
    void limit_records_of_a_key(std::uint64_t records);

    /// More than zero: receive() may give something although the socket does not become readable. Zero after receive()
    /// gave nothing.
    std::size_t pending() const;

    /// Sends close_notify, once, as far as the socket takes it (RFC 9289 5.1.1). What the peer sent can still be received.
    void close();
    /// See ChannelSocket::keep_open().
    void keep_open(bool keep);

    bool protected_by_kernel() const;
    int fd() const;
    const SessionFacts &facts() const;
    /// tls-exporter, 32 octets (RFC 9266), taken before the kernel got the keys.
    std::span<const std::byte> channel_binding() const;

private:
    struct Impl;
    explicit Channel(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace rpctls::tls
