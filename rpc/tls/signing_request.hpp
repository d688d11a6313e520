// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate_request.hpp"
#include "rpc/tls/gnutls_handles.hpp"

namespace rpctls::tls {

/// The public key that a request proves possession of; for rpc/tls only. Errors: those of read_certificate_request.
Result<Pubkey> requested_key(std::span<const std::byte> csr, std::string_view origin);

} // namespace rpctls::tls
