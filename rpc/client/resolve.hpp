// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/deadline.hpp"
#include "rpctls/result.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::client {

/// Where to connect: one address and port.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    int family() const { return storage.ss_family; }
    const sockaddr *get() const { return reinterpret_cast<const sockaddr *>(&storage); }
    /// "192.0.2.7", "2001:db8::7", "fe80::7%eth0": without the port.
    std::string text() const;
};

/// More addresses than this are not tried: each costs time, and a name server may send any number.
inline constexpr std::size_t most_addresses = 16;

/// Splits "host", "host:2049", "192.0.2.7:2049", "2001:db8::7", "[2001:db8::7]:2049". The host comes without brackets.
/// Errors (stage input): host-invalid, port-invalid.
struct HostPort {
    std::string host;
    std::optional<std::uint16_t> port;
};
Result<HostPort> parse_host_port(std::string_view text);

/// The addresses of a name in the order in which to try them, or the one of a literal, without repetition. A resolver
/// that hangs is left to itself at the deadline. Errors (stage resolve): name-not-found, resolver-failed,
/// resolve-timeout.
Result<std::vector<Address>> resolve(std::string_view host, std::uint16_t port, Deadline deadline);

} // namespace rpctls::client
