// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/keys/keyring.hpp"
#include "rpctls/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rpctls::keys {

/// A pre-shared key as it lies on a keyring: its description is the identity, its payload the secret. NVMe/TCP's are
/// of type `psk`, which nvme-keyring.ko brings; others of type `user`.
struct StoredPsk {
    Serial serial = 0;
    std::string identity;
    Secret secret;
};

inline constexpr std::string_view nvme_psk_type = "psk";
inline constexpr std::string_view user_psk_type = "user";

/// Printable ASCII, 1 to 1024 octets: it is a key's description, and peers send it. Not what the keys of x509 identities
/// (nfs:x509:…) and of the tls_hs layout (psk-N-id, psk-N-master) are called.
bool can_be_psk_identity(std::string_view text);

/// A key that the kernel named. Errors (stage keyring): those of read_key; psk-invalid when it is of another type or
/// its identity cannot be one.
Result<StoredPsk> read_psk(Serial key);

/// The usable key of exactly that identity on the first keyring that has one; absent when none has. The caller
/// possesses the keyrings. Errors (stage keyring): those of read_key, for a key that is there and cannot be read.
Result<std::optional<StoredPsk>> find_psk(std::span<const Serial> keyrings, std::string_view identity);

/// The key of exactly that type and identity on a keyring that the caller possesses, unread.
std::optional<Serial> find_psk_key(Serial keyring, std::string_view type, const std::string &identity);

} // namespace rpctls::keys
