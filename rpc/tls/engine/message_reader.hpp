// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rpctls::tls {

/// Collects one handshake message at a time (RFC 8446 section 4) out of octets in any pieces. Holds no more than has
/// come, whatever length a header announces.
class MessageReader {
public:
    explicit MessageReader(std::size_t largest) : largest_(largest) {}

    enum class Progress { partial, whole, too_long };
    /// Takes from the front of `octets` what belongs to the present message. After `whole`: clear() before the next.
    Progress add(std::span<const std::byte> &octets);

    std::uint8_t type() const { return std::to_integer<std::uint8_t>(message_[0]); } ///< once any has come
    std::span<const std::byte> message() const { return message_; }                  ///< header included
    std::span<const std::byte> body() const { return std::span(message_).subspan(header_size); }
    bool empty() const { return message_.empty(); }
    void clear() { message_.clear(); }

private:
    static constexpr std::size_t header_size = 4;
    void move(std::span<const std::byte> &octets, std::size_t up_to);

    std::size_t largest_;
    std::vector<std::byte> message_;
};

} // namespace rpctls::tls
