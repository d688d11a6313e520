// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpctls/error.hpp"

#include <span>
#include <vector>

namespace rpctls::tls {

/// What a certificate is to be proved as. `either`: it is not known.
enum class Purpose { server, client, either };

/// What a peer would find wrong with a chain of this host's own, leaf first, as far as it can be told without the peer's
/// trust anchors; in the order of urgency, each with the certificate's subject. Pure. Names (stage verify):
/// certificate-expired, certificate-not-yet-valid (of any certificate of the chain), chain-order, certificate-is-ca,
/// key-usage (no digitalSignature, or an extended key usage for something else), weak-key, names-missing (a server's
/// certificate without any), certificate-ends-soon (within 30 days; the only one that does no harm yet).
std::vector<Error> certificate_faults(std::span<const CertificateInfo> chain, Purpose purpose, Time now);

} // namespace rpctls::tls
