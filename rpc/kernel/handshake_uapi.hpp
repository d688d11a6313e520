// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

/// The kernel's linux/handshake.h by its own names, since older distributions' headers lack the file.
namespace rpctls::kernel::uapi {

inline constexpr char family_name[] = "handshake";
inline constexpr std::uint8_t family_version = 1;
inline constexpr char group_tlshd[] = "tlshd";

enum Command : std::uint8_t { cmd_ready = 1, cmd_accept = 2, cmd_done = 3 };

enum HandlerClass : std::uint32_t { handler_class_none = 0, handler_class_tlshd = 1 };

enum AcceptAttribute : int {
    a_accept_sockfd = 1,
    a_accept_handler_class,
    a_accept_message_type,
    a_accept_timeout,
    a_accept_auth_mode,
    a_accept_peer_identity,
    a_accept_certificate,
    a_accept_peername,
    a_accept_keyring,
    a_accept_max = a_accept_keyring,
};

enum X509Attribute : int { a_x509_cert = 1, a_x509_privkey, a_x509_max = a_x509_privkey };

enum DoneAttribute : int { a_done_status = 1, a_done_sockfd, a_done_remote_auth, a_done_tag };

} // namespace rpctls::kernel::uapi
