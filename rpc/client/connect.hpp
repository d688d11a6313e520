// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/deadline.hpp"
#include "rpc/base/fd.hpp"
#include "rpc/base/result.hpp"
#include "rpc/client/resolve.hpp"

#include <string>
#include <string_view>

namespace rpctls::client {

/// "nfs1.example (192.0.2.7) port 2049", or "192.0.2.7 port 2049" when the host was typed so: for messages.
std::string describe(std::string_view host, const Address &address);

/// A TCP connection, its socket non-blocking, without Nagle's delay. `host` is for messages. With `reserved_port` it
/// comes from a port below 1024 if one can be had. Errors (stage connect): connection-refused, unreachable,
/// connect-timeout, connect-failed; each names host, address and port.
Result<Fd> connect(const Address &address, std::string_view host, bool reserved_port, Deadline deadline);

} // namespace rpctls::client
