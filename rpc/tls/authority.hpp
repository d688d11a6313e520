// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/certificate.hpp"
#include "rpc/tls/gnutls_handles.hpp"
#include "rpctls/result.hpp"

#include <string_view>
#include <vector>

namespace rpctls::tls {

/// A CA that can sign; for rpc/tls only.
struct Authority {
    std::vector<CertificateInfo> chain; ///< the CA's own certificate first
    Crt certificate;
    Privkey key;
};

/// Errors (stage input): those of parse_chain and import_private_key, not-a-ca, key-mismatch.
Result<Authority> load_authority(std::string_view certificate_pem, const Secret &key_pem);

/// Errors (stage input): ca-expired.
Status check_not_expired(const Authority &authority);

} // namespace rpctls::tls
