// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/socket.h>

#include <string>

namespace rpctls::server {

/// "192.0.2.7:1023", "[2001:db8::1]:1023"; an IPv4 address in IPv6 clothes is shown as IPv4.
std::string peer_text(const sockaddr_storage &address);
/// The address without its port: what belongs to one peer.
std::string peer_key(const sockaddr_storage &address);
/// As much of it as its family has.
socklen_t address_size(const sockaddr_storage &address);

} // namespace rpctls::server
