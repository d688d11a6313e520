// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpc/tls/gnutls_handles.hpp"
#include "rpc/tls/peer_name.hpp"
#include "rpctls/error.hpp"

#include <optional>
#include <span>
#include <vector>

namespace rpctls::tls {

/// Why a peer is not believed, and the alert that tells it so.
struct Refusal {
    Error error;
    gnutls_alert_description_t alert = GNUTLS_A_BAD_CERTIFICATE;
};

/// A chain as a peer presented it, leaf first: the handles for PKIX and the same certificates as values.
struct PresentedCertificates {
    std::vector<Crt> handles;
    std::vector<CertificateInfo> infos;
};

/// PKIX (RFC 5280) against the trust anchors and CRLs of `credentials`, then, for a server, its name. `who`
/// is the peer's name in messages ("nfs1.example", "the client"); `name` is absent for a client, whose names
/// are not compared with its address (RFC 9289 5.2.1). Absent: the peer is who it says.
std::optional<Refusal> refuse_peer(const Credentials &credentials, const PresentedCertificates &chain,
                                   const std::optional<PeerName> &name, const std::string &who, Time now);

/// For a server that is who it says, and yet must have one of these keys: server-key-not-pinned (stage verify).
std::optional<Refusal> refuse_unpinned(const CertificateInfo &leaf, const std::vector<std::string> &pins,
                                       const std::string &who);

/// For a client that is who it says, and yet passes none of so many filters: client-not-allowed (stage verify).
Refusal refuse_client(const CertificateInfo &leaf, std::size_t filters);

} // namespace rpctls::tls
