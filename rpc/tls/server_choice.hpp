// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>

namespace rpctls::tls {

struct SessionState;

/// With a client's hello before GnuTLS reads it: by what the session is to be proved. Lets the server's user choose by the
/// name that the client asks for, once, and takes the pre-shared key that the client offers if it is one of the server's.
/// Negative when the handshake ends here; the refusal says why.
int choose_for_client(SessionState &state, std::span<const std::byte> client_hello, bool takes_certificates);

} // namespace rpctls::tls
