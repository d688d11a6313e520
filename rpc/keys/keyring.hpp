// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpctls/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rpctls::keys {

/// A key's serial number, keyrings(7); positive for every real key.
using Serial = std::int32_t;

/// The two keys of an identity as nfstlskey(8) describes them: `nfs:x509:NAME:cert` and `nfs:x509:NAME:privkey`.
struct IdentitySerials {
    Serial certificate = 0;
    Serial private_key = 0;
};

/// The kernel's keyring `.nfs`, made when nfs.ko loads. Newer kernels have one in each network namespace and a key
/// type that names the caller's; those before have one for all, found in /proc/keys; older ones have none, and then
/// the result is empty. Errors (stage keyring): keyring-unsupported, keyring-unreadable.
Result<std::optional<Serial>> find_nfs_keyring();

/// Whether `keyring` is (still) root's keyring of that name.
bool is_root_keyring(Serial keyring, std::string_view name);

/// Whose key is enough for possession, and how long the link lasts.
enum class Scope {
    process, ///< every thread started from now on and the calling one; gone when the process ends
    thread,  ///< the calling thread only; gone when it ends, or with relinquish()
};

/// Makes the caller possess a keyring and what is on it, so that keys readable by possessors only can be read and
/// changed. The link goes into the caller's own process or thread keyring, never into its session keyring: that one
/// is shared with a login's or a service's other processes, which would then possess the keys too, long after us.
Status possess(Serial keyring, Scope scope = Scope::process);

/// Undoes possess(); a link that is not there is no error.
Status relinquish(Serial keyring, Scope scope = Scope::process);

/// What keyctl(2) answered, as an Error of stage keyring: key-missing, key-expired, key-revoked, keyring-denied,
/// keyring-full, keyring-unsupported, keyring-failed.
Error keyring_error(std::string what, int number);

/// The payload of a key of type `user`, at most 64 KiB. Errors (stage keyring): key-missing, key-expired,
/// key-revoked, key-unreadable (hint names the permission), key-too-large.
Result<Secret> read_key(Serial key);

/// The moment from which a key is of no use; max() for one without.
using ExpiryTime = std::chrono::system_clock::time_point;

/// A pair on a keyring, and what was done to have it there.
struct Publication {
    enum class Change { none, updated, added };
    IdentitySerials serials;
    Change change = Change::none;
};

/// Has exactly this pair on the keyring: keys that are equal stay untouched, others get the payloads in place, so that
/// their serials stay; both or none as far as the kernel lets us. The keys end when the certificate does, by the kernel's
/// own clock, unless it has ended already: who publishes such a pair means to use it. Possessors may do anything with
/// the keys, their owner may see and find them, nobody else knows of them. The caller possesses `keyring`. Errors (stage
/// keyring): those of read_key, keyring-full, keyring-denied, keyring-unsupported; (stage input): identity-name-invalid.
Result<Publication> publish_identity(Serial keyring, std::string_view name, std::span<const std::byte> chain,
                                     const Secret &private_key, ExpiryTime expires);

/// Takes the pair, or what there is of it, off the keyring: whoever holds the keys elsewhere keeps them. Nothing there is
/// no error. Errors as of publish_identity.
Status withdraw_identity(Serial keyring, std::string_view name);

/// All pairs on a keyring whose names an identity can have, whoever put them there. What cannot be described is passed
/// over. Errors (stage keyring): as of read_key.
Result<std::map<std::string, IdentitySerials, std::less<>>> published_identities(Serial keyring);

/// The serials of a published identity; absent when the keyring has no such pair.
Result<std::optional<IdentitySerials>> find_identity(Serial keyring, std::string_view name);

} // namespace rpctls::keys
