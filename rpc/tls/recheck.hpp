// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpc/tls/peer_name.hpp"
#include "rpctls/error.hpp"

#include <optional>
#include <vector>

namespace rpctls::tls {

/// Whether a client that proved who it is would still be believed, by other trust anchors or revocation lists than then
/// (RFC 9289 5.2.1): absent when it would. `chain` is SessionFacts::peer_chain. Errors: those of Session::handshake(),
/// stage verify.
std::optional<Error> recheck_client(const Credentials &trust, const std::vector<CertificateInfo> &chain);

/// The same for a server, by its name and, where there are any, pins.
std::optional<Error> recheck_server(const Credentials &trust, const std::vector<CertificateInfo> &chain,
                                    const PeerName &name, const std::vector<std::string> &pins);

} // namespace rpctls::tls
