// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/handshake.hpp"
#include "rpctls/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

/// Pure: the handshake family's messages, octets to structs and back. No socket is touched here.
namespace rpctls::kernel {

/// As many serials, of each kind, as are taken from one request; the kernel itself stores five.
inline constexpr std::size_t most_serials = 16;
/// The kernel's own bounds on tags: it cuts longer lists off, and refuses DONE for a longer tag.
inline constexpr std::size_t most_tags = 64;
inline constexpr std::size_t longest_tag = 255;
/// RFC 1035's longest name fits, so do all literals.
inline constexpr std::size_t longest_peer_name = 1024;

/// An ACCEPT reply before its descriptor has an owner.
struct AcceptReply {
    std::optional<int> sockfd;
    HandshakeRequest request; ///< all but the socket
};

/// What a message on a netlink socket turned out to be. `error` is a positive errno; 0 is an acknowledgement.
struct NetlinkAnswer {
    std::uint32_t sequence = 0;
    std::uint16_t type = 0;
    std::optional<int> error;
    std::span<const std::byte> message; ///< header included
};

/// The first message in `octets`; absent when they hold none that is whole. `octets` shrinks by it.
std::optional<NetlinkAnswer> next_answer(std::span<const std::byte> &octets);

/// True for the kernel's announcement that requests for our class wait. `message` is one whole message.
bool is_ready_notification(std::span<const std::byte> message, int family);

/// The attributes of an ACCEPT reply, checked against a policy. When the attributes do not fit it, a descriptor that
/// can still be told from them is in `sockfd_of_broken`, so that it can be answered and closed.
Result<AcceptReply> parse_accept_reply(std::span<const std::byte> message,
                                       std::optional<int> &sockfd_of_broken);

/// Requests, complete with their headers.
std::vector<std::byte> build_accept(int family, std::uint32_t sequence, std::uint32_t handler_class);
std::vector<std::byte> build_done(int family, std::uint32_t sequence, int sockfd,
                                  const HandshakeOutcome &outcome);

} // namespace rpctls::kernel
