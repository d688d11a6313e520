// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <string>
#include <string_view>

namespace rpctls::kernel {

/// Whom an exports(5) client specification names, as exportfs tells them apart.
enum class ExportClientKind { everyone, netgroup, wildcard, network, address, host };

/// Whatever stands in somebody's file. Pure, no look-up.
ExportClientKind export_client_kind(std::string_view client);

/// Whether every address in the world fits: "*", or a network of length 0.
bool is_world(std::string_view client);

/// A client specification that somebody asks for: a host name, *.example and the like, @netgroup, an address, a network as
/// ADDRESS/LENGTH or ADDRESS/NETMASK with no bit set behind its length, or *. Returned as exportfs writes it (no
/// brackets around IPv6). Errors (stage input): export-client-invalid.
Result<std::string> parse_export_client(std::string_view text);

} // namespace rpctls::kernel
