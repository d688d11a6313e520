// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpc/tls/issuer.hpp"
#include "rpc/tls/peer_name.hpp"
#include "rpctls/error.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

/// What is wrong with a certificate, or will be: asked before a peer refuses it.
namespace rpctls::tls {

struct Finding {
    bool is_fault = true; ///< else worth knowing, no more
    Error error;          ///< its hint is the remedy
};

struct CertificateCheck {
    std::vector<CertificateInfo> chain; ///< as it stands in the file, leaf first; not empty
    std::string origin;                 ///< the file, for messages
    std::shared_ptr<const Credentials>
        trust;                         ///< CAs and CRLs to judge it by; absent: it is not judged by any
    std::vector<PeerName> hosts;       ///< what clients will mount by
    std::optional<Profile> profile;    ///< what it is to be used for
    std::chrono::hours ahead{24 * 30}; ///< a certificate that ends this soon is a fault
    Time now;
};

/// Everything that is found, faults first. Names: certificate-expired, certificate-expires-soon,
/// certificate-not-yet-valid, clock-wrong, chain-order, chain-incomplete, chain-root, names-missing, wildcard-useless,
/// server-name-mismatch, key-usage, purpose-missing, leaf-is-ca, weak-key, weak-signature; and with `trust` those of
/// the verification of a peer (ca-not-trusted, certificate-revoked, crl-outdated, certificate-invalid).
std::vector<Finding> check_certificate(const CertificateCheck &check);

} // namespace rpctls::tls
