// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/gnutls_handles.hpp"
#include "rpc/tls/psk.hpp"
#include "rpctls/result.hpp"

#include <optional>

namespace rpctls::tls {

/// What may be negotiated: TLS 1.3 (RFC 9289 section 5) with the three AEADs that the kernel can take over,
/// X.509 certificates. The system's crypto policy narrows this further, never widens it: what GnuTLS' configuration
/// disables, and what a default priority string of the system leaves out. Error (stage config): tls-policy, when that
/// leaves nothing.
Result<Priority> make_priority();

/// The same for pre-shared keys with a fresh (EC)DH exchange: the cipher suite that belongs to the key's hash, or, for
/// a server that does not know it yet, both.
Result<Priority> make_psk_priority(std::optional<PskHash> hash);

} // namespace rpctls::tls
