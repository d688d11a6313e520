// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpc/tls/settings.hpp"
#include "rpctls/result.hpp"

#include <string>

namespace rpctls::tls {

/// Whether the GnuTLS that we run with has ML-DSA: 3.8.10 and newer can have been built with it.
bool has_post_quantum_signatures();
/// "GnuTLS 3.8.9", as it runs.
std::string library_version();

/// For whoever makes sessions by the settings: where GnuTLS has no such keys, the post-quantum pairs are unset and warned
/// of. Elsewhere half a pair is refused. Errors (stage config): config-value.
Status use_post_quantum(Settings &settings);

/// Error (stage config): pq-certificate-classic, for a certificate of another kind in the post-quantum pair's place.
Status check_post_quantum(const CertificateInfo &leaf, const std::string &origin);

} // namespace rpctls::tls
