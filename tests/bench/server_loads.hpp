// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/rpctls.h"

#include <cstddef>
#include <cstdint>

/// Clients that hold up a server, or try to.
namespace rpctls::bench {

/// A connection in clear; throws std::runtime_error.
int connect_in_clear(std::uint16_t port);
/// Sends the probe and takes the token: what the server waits for then is a ClientHello. False: it did not come to that.
bool ask_for_tls(int fd, std::uint32_t program, std::uint32_t version);

// These go on until their process ends.

/// Calls of `octets` of arguments, `at_once` of them on their way at a time.
void keep_calling(const rpctls_params &params, std::uint32_t program, std::uint32_t version,
                  std::uint32_t procedure, std::size_t octets, std::size_t at_once);
/// One connection after the other with octets that mean nothing, in clear and behind a probe in turn.
void keep_sending_garbage(std::uint16_t port, std::uint32_t program, std::uint32_t version);

} // namespace rpctls::bench
