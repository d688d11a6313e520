// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/result.hpp"
#include "rpc/tls/gnutls_handles.hpp"

namespace rpctls::tls {

/// What may be negotiated: TLS 1.3 (RFC 9289 section 5) with the three AEADs that the kernel can take over,
/// X.509 certificates. The system-wide GnuTLS configuration can narrow this further, never widen it. Error
/// (stage config): tls-policy, when that leaves nothing.
Result<Priority> make_priority();

} // namespace rpctls::tls
