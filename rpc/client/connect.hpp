// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/deadline.hpp"
#include "rpc/base/fd.hpp"
#include "rpc/client/resolve.hpp"
#include "rpctls/result.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rpctls::client {

/// "nfs1.example (192.0.2.7) port 2049", or "192.0.2.7 port 2049" when the host was typed so: for messages.
std::string describe(std::string_view host, const Address &address);

/// A TCP connection, its socket non-blocking, without Nagle's delay. `host` is for messages. With `reserved_port` it
/// comes from a port below 1024 if one can be had. Errors (stage connect): connection-refused, unreachable,
/// connect-timeout, connect-failed; each names host, address and port.
Result<Fd> connect(const Address &address, std::string_view host, bool reserved_port, Deadline deadline);

struct Connected {
    Fd fd;
    std::size_t index = 0; ///< of the address
};

/// To the first of the addresses (one at least) that takes a connection. Each has a quarter of a second for itself before
/// the next one is tried beside it (RFC 8305), so that one that is dead costs no more than that, and `patience` in
/// all. Errors: as above, of the last address, with those of the others as the fact "before that".
Result<Connected> connect_first(std::span<const Address> addresses, std::string_view host, bool reserved_port,
                                std::chrono::milliseconds patience, Deadline overall);

} // namespace rpctls::client
