// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/result.hpp"
#include "rpc/base/secret.hpp"
#include "rpc/tls/gnutls_handles.hpp"

#include <gnutls/pkcs12.h>

/// What the two halves of bundle.hpp share; for rpc/tls only.
namespace rpctls::tls {

using Pkcs12 = Owner<gnutls_pkcs12_t, gnutls_pkcs12_deinit>;
using Pkcs12Bag = Owner<gnutls_pkcs12_bag_t, gnutls_pkcs12_bag_deinit>;

/// The friendly names of certificates to trust begin so: PKCS#12 itself knows no difference between them and a chain.
inline constexpr std::string_view trust_mark = "trust anchor";

/// As GnuTLS wants passphrases: with a NUL at the end. Errors (stage input): passphrase-invalid.
Result<Secret> terminated(const Secret &passphrase);

inline const char *c_string(const Secret &terminated) {
    return reinterpret_cast<const char *>(terminated.bytes().data());
}

} // namespace rpctls::tls
