// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string_view>

namespace rpctls::tls {

/// As a client this host verifies servers, as a server it verifies clients.
enum class TrustRole { client, server };

std::string_view to_string(TrustRole role);

/// /etc/rpctls/trust/client.pem or server.pem: a role's trust store wherever settings name none and the file exists.
std::filesystem::path kept_truststore(TrustRole role, const std::filesystem::path &root = "/");

/// Whether there is something by that name. What cannot be looked at counts as being there: to go on without it would
/// trust the whole system's store in its place.
bool has_kept_truststore(const std::filesystem::path &file);

} // namespace rpctls::tls
