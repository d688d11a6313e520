// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpc/base/secret.hpp"
#include "rpctls/result.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::keys {

/// Printable ASCII without blank, ':', ';', ',' and '/', not starting with '.', 1 to 64 octets: a name that can stand
/// in a mount option, a key description and a path. Errors (stage input): identity-name-invalid, naming the octet.
Status check_identity_name(std::string_view name);

/// Whether this is the URL of a key in a token (RFC 7512), not the key.
bool is_key_url(std::string_view key);

/// A named certificate chain and key as they are stored.
struct StoredIdentity {
    std::string name;
    std::string chain_pem;
    Secret private_key_pem; ///< or the URL of the key

    bool key_is_in_token() const;
};

/// /etc/rpctls/identities/NAME/{cert.pem,key.pem}, key.url in key.pem's place for a key in a token: root only, 0700 and 0600, what a boot restores identities from.
class IdentityStore {
public:
    explicit IdentityStore(std::filesystem::path root = "/");

    /// While one is there, nobody else changes the store: for whoever changes the store and a keyring, which must not
    /// come to differ. Changes need one that their caller holds, or take one themselves.
    class Hold {
        friend IdentityStore;
        explicit Hold(Fd lock) : lock_(std::move(lock)) {}
        Fd lock_;
    };
    /// Waits for its turn; makes the store when there is none. Errors (stage input): directory-unwritable, lock-failed.
    Result<Hold> hold() const;
    /// For who changes keyrings only: absent when nobody can change the store, since there is none or it is read-only.
    Result<std::optional<Hold>> hold_for_reading() const;

    std::filesystem::path directory() const { return directory_; }
    /// Both files of one moment, whatever happens to the store meanwhile. Errors (stage keyring): identity-unknown
    /// (facts: the name, the names there are; hint: tlsctl identity add); (stage input): those of read_file and
    /// read_secret_file.
    Result<StoredIdentity> load(std::string_view name) const;
    /// A new directory is completed beside the final one and renamed: never a certificate without its key. Errors:
    /// identity-exists.
    Status add(const StoredIdentity &identity) const;
    Status add(const StoredIdentity &identity, const Hold &hold) const;
    /// Another certificate and key for a name that there is, in one step: a reader gets the old pair or the new. Errors:
    /// identity-unknown.
    Status update(const StoredIdentity &identity) const;
    Status update(const StoredIdentity &identity, const Hold &hold) const;
    /// Takes an identity back. Errors: identity-unknown.
    Status remove(std::string_view name) const;
    Status remove(std::string_view name, const Hold &hold) const;
    /// Sorted names; an absent store is empty.
    Result<std::vector<std::string>> list() const;

    /// Whether there is one of that name. Errors (stage keyring): identity-unknown, as above.
    Status check_known(std::string_view name) const;

private:
    std::filesystem::path directory_;
};

} // namespace rpctls::keys
