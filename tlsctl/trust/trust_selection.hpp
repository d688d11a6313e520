// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpctls/result.hpp"

#include <span>
#include <string>
#include <string_view>

namespace rpctls::tlsctl {

/// The SHA-256 of the one certificate that a person means: by the beginning of that (8 digits or more, colons allowed),
/// by common name, or by the whole subject. Errors (stage input): trust-unknown, trust-ambiguous.
Result<std::string> select_certificate(std::string_view which, std::span<const tls::CertificateInfo> among);

} // namespace rpctls::tlsctl
