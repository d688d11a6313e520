// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// By what others reach this host, as far as it knows itself.
struct HostNames {
    std::vector<std::string> dns_names;    ///< its name, and the full one when it has one
    std::vector<std::string> ip_addresses; ///< of its interfaces; global ones that stay
};

/// The name that gethostname(2) gives, the full one that the resolver makes of it, and the addresses of interfaces that
/// are up: no loopback, no link-local, no multicast, no temporary IPv6 address.
HostNames own_names();

/// Whether `name` is this host's: its name, or the full one.
bool is_own_name(const HostNames &own, const std::string &name);

} // namespace rpctls::tlsctl
