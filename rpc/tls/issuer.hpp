// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/result.hpp"
#include "rpc/base/secret.hpp"
#include "rpc/tls/certificate.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::tls {

/// Peers' clocks are a little behind ours now and then: new certificates begin this long ago.
inline constexpr std::chrono::minutes clock_skew(5);

enum class KeyKind { ecdsa_p256, ecdsa_p384, rsa_3072, ed25519 };

/// A certificate (PEM) and its private key (PKCS#8 PEM), new and in memory only.
struct IssuedPair {
    std::string certificate_pem;
    Secret private_key_pem;
    CertificateInfo info;
};

struct CaRequest {
    std::string common_name;
    KeyKind key = KeyKind::ecdsa_p256;
    std::chrono::seconds lifetime{};
};

/// What the certificate is for; decides key usages (RFC 9289 5.2.1.1: id-kp-rpcTLSClient/Server stand beside
/// clientAuth/serverAuth, which other stacks look for).
enum class Profile { server, client, peer };

struct LeafRequest {
    std::string common_name;
    Profile profile = Profile::peer;
    std::vector<std::string> dns_names;    ///< no wildcards (RFC 9289 5.2.1), no IP literals
    std::vector<std::string> ip_addresses; ///< literals
    KeyKind key = KeyKind::ecdsa_p256;
    Time not_before{};
    Time not_after{};
};

/// A self-signed CA certificate: random serial, CA:TRUE, keyCertSign and cRLSign, path length 0.
Result<IssuedPair> make_ca(const CaRequest &request);

/// A leaf signed by the CA. Errors (stage input): dns-name-invalid, wildcard-refused, ip-as-dns-name,
/// ip-address-invalid, common-name-invalid, names-missing (a server needs one), not-a-ca, ca-expired, key-mismatch,
/// validity-empty, validity-exceeds-ca. Intermediate CAs follow the leaf in certificate_pem; a root does not.
Result<IssuedPair> issue(const LeafRequest &request, std::string_view ca_certificate_pem,
                         const Secret &ca_key_pem);

} // namespace rpctls::tls
