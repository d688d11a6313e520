// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/trust_place.hpp"

#include <string>
#include <system_error>

namespace rpctls::tls {

std::string_view to_string(TrustRole role) {
    return role == TrustRole::client ? "client" : "server";
}

std::filesystem::path kept_truststore(TrustRole role, const std::filesystem::path &root) {
    return root / "etc/rpctls/trust" / (std::string(to_string(role)) + ".pem");
}

bool has_kept_truststore(const std::filesystem::path &file) {
    std::error_code failed;
    return std::filesystem::symlink_status(file, failed).type() != std::filesystem::file_type::not_found;
}

} // namespace rpctls::tls
