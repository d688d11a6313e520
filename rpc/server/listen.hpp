// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpctls/result.hpp"

#include <cstdint>
#include <string>

namespace rpctls::server {

/// A TCP socket that listens on `address`, a literal, or where it is empty on all addresses of both families (of IPv4
/// alone where there is no IPv6); port 0: any. Errors (stage input): address-invalid, listen-failed.
Result<Fd> listen_on(const std::string &address, std::uint16_t port);

} // namespace rpctls::server
