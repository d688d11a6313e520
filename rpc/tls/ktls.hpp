// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/result.hpp"
#include "rpc/tls/session.hpp"

namespace rpctls::tls {

/// Hands record protection of a connected TCP socket to the kernel, both directions: TCP_ULP "tls", then TLS_TX and
/// TLS_RX. From the first setsockopt on there is no way back: after an error the socket is good for close(2) only.
/// Errors (stage kernel): ktls-unavailable (hint: modprobe tls), ktls-cipher-unsupported, ktls-failed.
Status prime_ktls(int fd, const Session &session);

} // namespace rpctls::tls
