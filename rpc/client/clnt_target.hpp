// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/clnt_connect.hpp"
#include "rpc/face/material.hpp"

namespace rpctls::client {

/// Whom the parameters say to call, and how; the files that they name are read now. Errors: identity-missing (stage input),
/// psk-ambiguous and pin-without-certificate (stage input), those of load_credentials() and load_psks().
Result<ClntTarget> target_of(const char *host, std::uint32_t program, std::uint32_t version,
                             const rpctls_params &params);

/// The port where the host's rpcbind says that the program is, asked in clear. Error (stage resolve):
/// program-not-registered; rpc_createerr tells why.
Result<std::uint16_t> ask_rpcbind(const ClntTarget &target);

} // namespace rpctls::client
