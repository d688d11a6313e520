// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace rpctls::server {

/// What a server wants of its clients (RFC 9289 6.1), from nothing upwards.
enum class TlsPolicy {
    none,          ///< TLS is never offered
    opportunistic, ///< offered; calls in clear are served, too
    required,      ///< calls in clear are denied
    mutual,        ///< as `required`, and the client must prove who it is
};

constexpr std::string_view to_string(TlsPolicy policy) {
    switch (policy) {
    case TlsPolicy::none:
        return "none";
    case TlsPolicy::opportunistic:
        return "opportunistic";
    case TlsPolicy::required:
        return "required";
    case TlsPolicy::mutual:
        return "mutual";
    }
    return "?";
}

constexpr bool insists_on_tls(TlsPolicy policy) {
    return policy == TlsPolicy::required || policy == TlsPolicy::mutual;
}

} // namespace rpctls::server
