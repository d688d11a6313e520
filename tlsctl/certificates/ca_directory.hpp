// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpc/base/result.hpp"
#include "rpc/base/secret.hpp"
#include "rpc/tls/issuer.hpp"
#include "tlsctl/certificates/file_pair.hpp"

#include <filesystem>
#include <string>

namespace rpctls::tlsctl {

inline constexpr const char *default_ca_directory = "/etc/rpctls/ca";

/// Where a CA lives: ca.pem (0644), ca.key (0600) and a lock, in a directory for root alone.
class CaDirectory {
public:
    explicit CaDirectory(std::filesystem::path path) : path_(std::move(path)) {}

    std::filesystem::path certificate() const { return path_ / "ca.pem"; }
    std::filesystem::path key() const { return path_ / "ca.key"; }

    /// Held while a CA is made or used, so that two runs do not mix their files.
    Result<Fd> lock() const;

    /// Errors (stage input): ca-exists when a certificate or a key is there already.
    Status check_vacant() const;
    /// Both files or none, and only where there were none.
    Status store(const tls::IssuedPair &ca) const;

    struct Material {
        std::string certificate_pem;
        Secret key_pem;
    };
    /// Errors (stage input): ca-missing; those of read_secret_file.
    Result<Material> load() const;

private:
    std::filesystem::path path_;
};

/// A certificate and its key in their places.
FilePair pair_files(const std::filesystem::path &certificate, const std::filesystem::path &key);

/// Puts a new pair there; see FilePair::store.
Status store_pair(const tls::IssuedPair &pair, const std::filesystem::path &certificate,
                  const std::filesystem::path &key, bool replace);

} // namespace rpctls::tlsctl
