// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/issuer.hpp"
#include "rpctls/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Certificate signing requests, PKCS#10 (RFC 2986): how a key gets a certificate without leaving its host.
namespace rpctls::tls {

/// What a request asks for. Anybody can ask for anything.
struct CertificateRequestInfo {
    std::string common_name; ///< printable; empty when there is none
    std::vector<std::string> dns_names;
    std::vector<std::string> ip_addresses;
    std::string key_type; ///< "ECDSA P-256"
    std::string spki_pin; ///< SHA-256 of the public key, hex
};

struct NewRequest {
    std::string request_pem;
    Secret private_key_pem; ///< PKCS#8
    CertificateRequestInfo info;
};

/// A request for a new key, or, when `key_pem` is not empty, for that one. Names, usages and profile are those of `wanted`; the CA
/// decides what becomes of them. Errors (stage input): those of issue() about names and keys.
Result<NewRequest> make_certificate_request(const LeafRequest &wanted, const Secret &key_pem = {});

/// The same for a key in a token, which signs the request and stays there; see key_url.hpp, also for the errors.
Result<NewRequest> make_certificate_request_for(const LeafRequest &wanted, std::string_view key_url);

/// PEM or DER; the signature, which proves possession of the key, is checked. At most 64 names. Errors (stage input),
/// naming `origin`: request-unreadable, request-unproven, weak-key.
Result<CertificateRequestInfo> read_certificate_request(std::span<const std::byte> csr,
                                                        std::string_view origin);

/// Whether both can be read, and the request is for that key.
bool is_request_for(std::span<const std::byte> csr, const Secret &key_pem);

} // namespace rpctls::tls
