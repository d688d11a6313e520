// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/credentials.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace rpctls::test {

/// What a test wants in a certificate: sound unless it says otherwise.
struct CertificateSpec {
    std::string common_name = "test";
    std::vector<std::string> dns_names{};
    std::vector<std::string> addresses{};
    bool is_ca = false;
    std::chrono::hours from{-1};
    std::chrono::hours until{24};
    unsigned key_usage = 0; ///< 0: what its kind needs
    unsigned rsa_bits = 0;  ///< 0: an ECDSA P-256 key
    bool sha1 = false;      ///< signed with SHA-1
    std::vector<std::string> extended_key_usages{};
    std::string permitted_dns{}; ///< name constraint of a CA
    unsigned char serial = 0;    ///< the last of the number's 20 octets; 0: one of its own
};

/// A certificate with its key, kept as PEM.
struct Certified {
    std::string certificate;
    std::string key;
};

/// Signed by `issuer`, or by itself. Made with GnuTLS' own calls so that no code under test takes part.
Certified certify(const CertificateSpec &spec, const Certified *issuer = nullptr);

/// A revocation list of `ca` with the certificates revoked; `until` in the past makes it outdated.
std::string revoke(const Certified &ca, const std::vector<Certified> &revoked,
                   std::chrono::hours until = std::chrono::hours(24));

/// The identity of `own` (with `above` appended to its chain) and trust in `trusted`, loaded.
struct CredentialSpec {
    std::vector<Certified> own{}; ///< leaf first; its key is the identity's
    std::vector<Certified> trusted{};
    std::string crl{};
    const Certified *preferred = nullptr; ///< shown to peers that take its kind of key
};
std::shared_ptr<const tls::Credentials> load(const CredentialSpec &spec);

} // namespace rpctls::test
