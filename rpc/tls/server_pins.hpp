// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/ini.hpp"
#include "rpctls/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::tls {

/// A pin as in a configuration: SHA-256 of a SubjectPublicKeyInfo in hexadecimal, with or without colons between octets.
/// As in CertificateInfo::spki_pin then. Errors (stage config): config-value.
Result<std::string> parse_pin(std::string_view text);

/// pin= in the sections [mount.SERVER]: of which keys one must be the server's, beside all else that is demanded of its
/// certificate.
class ServerPins {
public:
    /// Errors (stage config): config-value, with the line.
    static Result<ServerPins> read(const Ini &ini);

    /// By the name that the mount gives, whatever its case. Empty: any key will do.
    const std::vector<std::string> &of(std::string_view server) const;

private:
    std::map<std::string, std::vector<std::string>, std::less<>> by_server_; ///< by normal_server_name()
};

} // namespace rpctls::tls
