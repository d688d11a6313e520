// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpc/base/secret.hpp"
#include "rpc/tls/issuer.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/certificates/file_pair.hpp"
#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/options.hpp"
#include "tlsctl/cli/passphrase.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

inline constexpr const char *default_ca_directory = "/etc/rpctls/ca";

/// Where a CA lives: ca.pem (0644), ca.key (0600), its revocation list, what it has issued and a lock, in a directory for
/// root alone.
class CaDirectory {
public:
    explicit CaDirectory(std::filesystem::path path) : path_(std::move(path)) {}

    const std::filesystem::path &path() const { return path_; }
    std::filesystem::path certificate() const { return path_ / "ca.pem"; }
    std::filesystem::path key() const { return path_ / "ca.key"; }
    std::filesystem::path crl() const { return path_ / "crl.pem"; }
    std::filesystem::path issued() const { return path_ / "issued"; }

    /// Held while a CA is made or used, so that two runs do not mix their files.
    Result<Fd> lock() const;

    /// Errors (stage input): ca-exists when a certificate or a key is there already.
    Status check_vacant() const;
    /// Both files or none, and only where there were none. The key goes there as `key_pem` is, encrypted or not.
    Status store(const std::string &certificate_pem, const Secret &key_pem) const;

    struct Material {
        std::string certificate_pem;
        std::vector<tls::CertificateInfo> chain; ///< of certificate_pem: the CA's own first
        Secret key_pem;                          ///< not encrypted
    };
    /// The certificate alone, without the key. Errors (stage input): ca-missing; those of parse_chain.
    Result<Material> load_certificate() const;
    /// Both; an encrypted key is opened with the passphrase from `source`. Errors: those of load_certificate,
    /// read_secret_file, read_passphrase and decrypt_private_key, passphrase-missing.
    Result<Material> load(const PassphraseSource &source) const;

private:
    std::filesystem::path path_;
};

/// --ca-dir and, for commands that sign, the passphrase of the CA's key.
struct CaOptions {
    std::filesystem::path directory;
    PassphraseSource passphrase{PassphraseSource::ca_credential};
};
void add_ca_directory(Command command, CaOptions &options);
void add_ca_passphrase(Command command, CaOptions &options);
CaDirectory ca_directory(const CaOptions &options, const Context &context);

/// A certificate and its key in their places.
FilePair pair_files(const std::filesystem::path &certificate, const std::filesystem::path &key);

/// Puts a new pair there; see FilePair::store.
Status store_pair(const tls::IssuedPair &pair, const std::filesystem::path &certificate,
                  const std::filesystem::path &key, bool replace);

} // namespace rpctls::tlsctl
