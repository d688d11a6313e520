// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/session.hpp"
#include "rpctls/result.hpp"

namespace rpctls::tls {

/// Hands record protection of a connected TCP socket to the kernel, both directions: TCP_ULP "tls", then TLS_TX and
/// TLS_RX. From the first setsockopt on there is no way back: after an error the socket is good for close(2) only.
/// Errors (stage kernel): ktls-unavailable (hint: modprobe tls), ktls-cipher-unsupported, ktls-record-size (the
/// peer takes short records only and the kernel cannot keep to that), ktls-failed.
Status prime_ktls(int fd, const Session &session);

/// Only the first step, TCP_ULP "tls": until keys are given the socket goes on as it was. Whoever begins with it learns
/// that the kernel has no TLS (ktls-unavailable), or that the socket is none for it, before the peer has seen an octet.
Status attach_ktls(int fd);

/// Whether the kernel has a key of this socket, be it for one direction: after a prime_ktls() that failed, false means that
/// the octets still go through as they are, and that the session may go on in user space.
bool ktls_has_begun(int fd);

/// Whether the kernel seals and opens on this socket, both ways. Error (stage kernel): ktls-failed.
Status ktls_engaged(int fd);

} // namespace rpctls::tls
