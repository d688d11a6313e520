// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/gnutls_handles.hpp"

#include <gnutls/pkcs12.h>

#include <string_view>

/// What the two halves of bundle.hpp share; for rpc/tls only.
namespace rpctls::tls {

using Pkcs12 = Owner<gnutls_pkcs12_t, gnutls_pkcs12_deinit>;
using Pkcs12Bag = Owner<gnutls_pkcs12_bag_t, gnutls_pkcs12_bag_deinit>;

/// The friendly names of certificates to trust begin so: PKCS#12 itself knows no difference between them and a chain.
inline constexpr std::string_view trust_mark = "trust anchor";

} // namespace rpctls::tls
