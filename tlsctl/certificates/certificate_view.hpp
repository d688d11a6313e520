// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <utility>
#include <vector>

namespace rpctls::tlsctl {

/// Days until `time`, rounded; negative once it has passed.
long days_left(tls::Time time);

/// "89 days left", "expired 3 days ago", "not yet valid".
std::string validity_words(const tls::CertificateInfo &certificate);

/// The lines that tell a certificate, for fields().
std::vector<std::pair<std::string, std::string>> certificate_fields(const tls::CertificateInfo &certificate);

/// The same for programs; the keys are part of tlsctl(8).
nlohmann::json certificate_json(const tls::CertificateInfo &certificate);

/// Enough of the SHA-256 to tell certificates apart in a table.
std::string short_fingerprint(const tls::CertificateInfo &certificate);

} // namespace rpctls::tlsctl
