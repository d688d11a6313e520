// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/certificate.hpp"
#include "rpctls/result.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rpctls::tls {

/// A certificate chain and its private key in files (PEM or DER).
struct IdentityFiles {
    std::filesystem::path certificate;
    std::filesystem::path private_key;
};

/// The same in memory, e.g. from a kernel keyring; `label` names it in messages.
struct IdentityBytes {
    std::string label;
    std::vector<std::byte> chain; ///< PEM or DER
    Secret private_key;           ///< PEM or DER, or the URL of one in a token (key_url.hpp)
    bool takes_url = true;        ///< not where others than this host's administrator wrote it
};

/// CA certificates in memory (PEM, or one in DER); `label` names them in messages.
struct TrustText {
    std::string label;
    std::string certificates;
};

class Credentials;

/// Where the pieces of a snapshot come from.
struct CredentialSources {
    /// Absent: the program has nothing to prove (a client under xprtsec=tls).
    std::optional<std::variant<IdentityFiles, IdentityBytes>> identity;
    /// Shown instead, in the same session setup, to peers that take signatures of its kind: a post-quantum pair beside
    /// a classic one. Only together with `identity`.
    std::optional<IdentityFiles> preferred;
    /// CA certificates, or the words that nobody is trusted (trust_file.hpp); absent: the system's trust store.
    std::optional<std::filesystem::path> truststore;
    std::optional<std::filesystem::path> crl;
    /// Instead of the two: peers are judged as by these credentials, and no file is read for it.
    std::shared_ptr<const Credentials> judged_as;
    /// Instead of a truststore.
    std::optional<TrustText> anchors{};
};

/// Own chain and key, trust anchors and CRLs, loaded and checked once: an immutable snapshot, shared by reference,
/// replaced whole on reload. Safe for use by several threads at once.
class Credentials {
public:
    /// Loads everything or nothing. Errors (stage input or verify): those of read_file and read_secret_file,
    /// certificate-unreadable, private-key-unreadable, private-key-encrypted, key-mismatch, key-usage, truststore-empty,
    /// crl-unreadable, tls-policy; each names the file.
    static Result<std::shared_ptr<const Credentials>> load(CredentialSources sources);

    ~Credentials();
    Credentials(const Credentials &) = delete;
    Credentials &operator=(const Credentials &) = delete;

    /// Own chain, leaf first; empty when there is no identity.
    const std::vector<CertificateInfo> &chain() const;
    /// Of the preferred identity; empty when there is none.
    const std::vector<CertificateInfo> &preferred_chain() const;
    bool has_identity() const { return !chain().empty(); }
    /// Where the trust anchors came from and how many there are, for messages: "/etc/…/ca.pem (1 certificate)".
    const std::string &trust_description() const;
    /// When the first of the revocation lists stops speaking for its issuer; absent without lists.
    std::optional<Time> crl_next_update() const;

    struct Impl;
    const Impl &impl() const { return *impl_; } ///< for rpc/tls only: Impl is defined in a private header

private:
    explicit Credentials(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace rpctls::tls
