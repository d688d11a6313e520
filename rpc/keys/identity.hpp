// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/result.hpp"
#include "rpc/base/secret.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::keys {

/// Printable ASCII without blank, ':', ';', ',' and '/', not starting with '.', 1 to 64 octets: a name that can stand
/// in a mount option, a key description and a path. Errors (stage input): identity-name-invalid, naming the octet.
Status check_identity_name(std::string_view name);

/// A named certificate chain and key as they are stored.
struct StoredIdentity {
    std::string name;
    std::string chain_pem;
    Secret private_key_pem;
};

/// /etc/rpctls/identities/NAME/{cert.pem,key.pem}: root only, 0700 and 0600, what a boot restores identities from.
class IdentityStore {
public:
    explicit IdentityStore(std::filesystem::path root = "/");

    std::filesystem::path directory() const { return directory_; }
    /// Errors (stage keyring): identity-unknown (facts: the name, the names there are; hint: tlsctl identity add).
    Result<StoredIdentity> load(std::string_view name) const;
    /// A new directory is completed beside the final one and renamed: never a certificate without its key. Errors:
    /// identity-exists.
    Status add(const StoredIdentity &identity) const;
    /// Another certificate and key for a name that there is, in one step: a reader gets the old pair or the new. Errors:
    /// identity-unknown.
    Status update(const StoredIdentity &identity) const;
    /// Takes an identity back. Errors: identity-unknown.
    Status remove(std::string_view name) const;
    /// Sorted names; an absent store is empty.
    Result<std::vector<std::string>> list() const;

private:
    std::filesystem::path directory_;
};

} // namespace rpctls::keys
