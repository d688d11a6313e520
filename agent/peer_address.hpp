// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/socket.h>

#include <string>

namespace rpctls::agent {

/// "192.0.2.7" or "2001:db8::7": no port, no zone, IPv4 in IPv6 as IPv4. Empty for other families. Never asks the DNS.
std::string address_text(const sockaddr_storage &address);

/// The address a socket is connected to; empty when there is none.
std::string peer_address(int fd);

/// Whose limits an address counts for: IPv4 addresses each for themselves, IPv6 ones by their /64, of which one host may
/// use as many as it likes. Takes what address_text() gives; anything else is its own group.
std::string peer_group(const std::string &address);

} // namespace rpctls::agent
