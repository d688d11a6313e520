// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What may be written into a certificate that we issue. Stricter than what is accepted from others.
namespace rpctls::tls {

/// A host name for a dNSName SAN: letters, digits and hyphens in labels of 1 to 63, 253 in all, no final dot, no
/// wildcard (RFC 9289 5.2.1), no IP literal. Returned in lower case. Errors (stage input): dns-name-invalid,
/// wildcard-refused, ip-as-dns-name.
Result<std::string> checked_dns_name(std::string_view name);

/// The 4 or 16 octets of an iPAddress SAN. Errors (stage input): ip-address-invalid.
Result<std::vector<std::byte>> checked_ip_address(std::string_view address);

/// A common name: 1 to 64 characters of UTF-8 (RFC 5280's ub-common-name), none of them a control character.
/// Errors (stage input): common-name-invalid.
Status check_common_name(std::string_view name);

} // namespace rpctls::tls
