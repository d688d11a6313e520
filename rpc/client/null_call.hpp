// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/deadline.hpp"
#include "rpctls/result.hpp"

#include <cstdint>

namespace rpctls::tls {
class Session;
}

namespace rpctls::client {

/// A transaction id that an off-path guesser cannot foresee.
std::uint32_t new_xid();

/// Calls procedure 0 inside an established session and waits for its answer. Replies to other calls are passed over,
/// and the call is made a second time, once, when a stray one came or nothing did: servers are about that lose a call
/// which arrives in the same instant as the end of the handshake, and answer the probe once more inside TLS.
///
/// Errors: those of Session (a server's late verdict on the client's certificate among them); a session that ends
/// without a word before the first answer is read as that verdict too, when the server had asked for a certificate
/// (client-certificate-required, client-certificate-refused). Stage rpc: rpc-timeout, rpc-closed, rpc-denied,
/// program-unavailable, version-mismatch, rpc-failed, reply-malformed, and those of wire::RecordReader.
Status call_null(tls::Session &session, int fd, std::uint32_t program, std::uint32_t version,
                 Deadline deadline);

} // namespace rpctls::client
