// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/result.hpp"
#include "rpc/base/secret.hpp"

#include <cstddef>
#include <cstdint>
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

/// The kernel's keyring `.nfs`, made by nfs.ko of recent kernels. Absent on older ones (see /proc/keys).
Result<std::optional<Serial>> find_nfs_keyring();

/// Makes the calling process possess a keyring by linking it into its session keyring, so that keys readable by
/// possessors only can be read.
Status possess(Serial keyring);

/// The payload of a key of type `user`, at most 64 KiB. Errors (stage keyring): key-missing, key-expired,
/// key-revoked, key-unreadable (hint names the permission), key-too-large.
Result<Secret> read_key(Serial key);

/// Adds the pair, or updates the payloads in place so that their serials stay. Possessor-only permissions.
Result<IdentitySerials> publish_identity(Serial keyring, std::string_view name, std::span<const std::byte> chain,
                                         const Secret &private_key);

/// The serials of a published identity; absent when the keyring has no such pair.
Result<std::optional<IdentitySerials>> find_identity(Serial keyring, std::string_view name);

} // namespace rpctls::keys
