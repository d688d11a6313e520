// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rpctls {

/// The credential AUTH_SYS (RFC 5531 appendix A): whom a client says that the user is. Nothing proves it; in a session of
/// mutual TLS it is known which host says so (RFC 9289 4.2).
struct AuthSys {
    std::string machine{}; ///< at most 255 octets; a server gets them as they came, of anything
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> gids{}; ///< at most 16
    std::uint32_t stamp = 0;
};

} // namespace rpctls
