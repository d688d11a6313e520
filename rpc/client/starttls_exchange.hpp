// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/deadline.hpp"
#include "rpc/client/starttls.hpp"
#include "rpctls/result.hpp"

#include <cstdint>
#include <string>

namespace rpctls::client {

/// The AUTH_TLS probe and its answer on a connected socket, blocking or not. `peer` is for messages. Nothing behind the
/// answer is read. Errors: those of StartTlsProbe, and probe-timeout.
Result<StartTlsProbe> ask_for_tls(int fd, std::uint32_t program, std::uint32_t version,
                                  const std::string &peer, Deadline deadline);

/// Whether TLS may follow. Errors (stage probe): tls-not-offered, tls-refused.
Status tls_offered(const StartTlsProbe &probe, const std::string &peer);

} // namespace rpctls::client
