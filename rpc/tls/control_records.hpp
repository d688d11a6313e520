// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace rpctls::tls {

/// ContentType of RFC 8446 5.1.
inline constexpr std::uint8_t record_type_alert = 21;
inline constexpr std::uint8_t record_type_handshake = 22;
inline constexpr std::uint8_t record_type_data = 23;

/// Where the kernel opens a session's records it hands on whatever is not data as it came. This is what RFC 8446 makes of
/// it after the handshake, without I/O: octets and their type in, a verdict out. Keeps a few octets, and of a ticket
/// longest_ticket at most.
class ControlRecords {
public:
    enum class Verdict {
        nothing,    ///< go on: a ticket, a warning, a message that is not whole yet
        ended,      ///< close_notify
        alert,      ///< alert() says which; the session is over (RFC 8446 6.2)
        key_update, ///< the peer seals with other keys from here on (RFC 8446 4.6.3)
        unexpected, ///< what has no business here: unexpected_message (RFC 8446 5, 6.2)
    };

    /// Tickets are a server's to send.
    explicit ControlRecords(bool is_client) : is_client_(is_client) {}

    /// The octets of one record, or of a part of one, that is not data. After another verdict than `nothing` the session
    /// has come to its end.
    Verdict feed(std::uint8_t type, std::span<const std::byte> octets);
    /// Data came: right between messages only.
    Verdict data() const { return filled_ > 0 || body_left_ > 0 ? Verdict::unexpected : Verdict::nothing; }

    unsigned alert() const { return alert_; }
    /// A NewSessionTicket that is whole since the last time, its header included; the last of several, empty without any.
    std::vector<std::byte> take_ticket() { return std::exchange(ticket_, {}); }

private:
    Verdict feed_alert(std::span<const std::byte> octets);
    Verdict feed_handshake(std::span<const std::byte> octets);
    Verdict judge_alert();
    void collect(std::span<const std::byte> octets);
    void end_ticket();

    bool is_client_;
    std::uint8_t type_ = 0;           ///< of what is read in part
    std::array<std::byte, 4> head_{}; ///< of an alert two octets, of a handshake message four
    std::size_t filled_ = 0;          ///< of head_
    std::size_t body_left_ = 0;       ///< of a message
    bool collects_ = false;           ///< it is short enough
    std::vector<std::byte> message_;
    std::vector<std::byte> ticket_;
    unsigned alert_ = 0;
};

} // namespace rpctls::tls
