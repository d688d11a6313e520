// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/certificate.hpp"
#include "rpctls/result.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::tls {

/// Peers' clocks are a little behind ours now and then: new certificates begin this long ago.
inline constexpr std::chrono::minutes clock_skew(5);

enum class KeyKind { ecdsa_p256, ecdsa_p384, rsa_3072, ed25519, ml_dsa_44, ml_dsa_65, ml_dsa_87 };

/// A certificate (PEM) and its private key (PKCS#8 PEM), new and in memory only.
struct IssuedPair {
    std::string certificate_pem;
    Secret private_key_pem; ///< empty where the key is somebody else's
    CertificateInfo info;
};

struct CaRequest {
    std::string common_name;
    KeyKind key = KeyKind::ecdsa_p256;
    std::chrono::seconds lifetime{};
    int path_length = 0;                           ///< how many CAs may stand between it and a leaf
    std::vector<std::string> permitted_dns{};      ///< domains; empty: all names
    std::vector<std::string> permitted_networks{}; ///< "192.0.2.0/24"; empty: all addresses
};

/// What the certificate is for; decides key usages (RFC 9289 5.2.1.1: id-kp-rpcTLSClient/Server stand beside
/// clientAuth/serverAuth, which other stacks look for).
enum class Profile { server, client, peer };

struct LeafRequest {
    std::string common_name;
    Profile profile = Profile::peer;
    std::vector<std::string> dns_names;    ///< no wildcards (RFC 9289 5.2.1), no IP literals
    std::vector<std::string> ip_addresses; ///< literals
    KeyKind key = KeyKind::ecdsa_p256;     ///< of a key that is to be made
    Time not_before{};
    Time not_after{};
};

/// A self-signed CA certificate: random serial, CA:TRUE, keyCertSign and cRLSign. Errors (stage input):
/// common-name-invalid, constraint-invalid, key-type-unsupported.
Result<IssuedPair> make_ca(const CaRequest &request);

/// The CA's certificate with a new serial and validity and all else as it was, so that what it signed stays valid.
/// Errors (stage input): those of issue but ca-expired; ca-not-root.
Result<CertificateInfo> renew_ca(std::string_view ca_certificate_pem, const Secret &ca_key_pem,
                                 std::chrono::seconds lifetime);

/// A leaf with a new key, signed by the CA. Errors (stage input): dns-name-invalid, wildcard-refused, ip-as-dns-name,
/// ip-address-invalid, common-name-invalid, names-missing (a server needs one), name-not-permitted, not-a-ca,
/// ca-expired, key-mismatch, key-type-unsupported, validity-empty, validity-exceeds-ca. Intermediate CAs follow the
/// leaf in certificate_pem; a root does not.
Result<IssuedPair> issue(const LeafRequest &request, std::string_view ca_certificate_pem,
                         const Secret &ca_key_pem);

/// The same for a key that there is already.
Result<IssuedPair> issue_with_key(const LeafRequest &request, const Secret &key_pem,
                                  std::string_view ca_certificate_pem, const Secret &ca_key_pem);

/// The same for the public key of a certificate signing request; of the request nothing else is taken. Errors (stage
/// input): also those of read_certificate_request, request-key-of-ca.
Result<IssuedPair> sign_request(const LeafRequest &request, std::span<const std::byte> csr,
                                std::string_view origin, std::string_view ca_certificate_pem,
                                const Secret &ca_key_pem);

/// Whether the CA with this certificate signed the other; its time may have passed.
bool is_issued_by(const CertificateInfo &certificate, const CertificateInfo &ca);

/// What a certificate is for, by its extended key usage; peer when that does not tell.
Profile profile_of(const CertificateInfo &certificate);

} // namespace rpctls::tls
