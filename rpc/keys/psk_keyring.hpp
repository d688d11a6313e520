// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/keyring.hpp"
#include "rpc/keys/psk_store.hpp"
#include "rpctls/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rpctls::keys {

// The caller possesses the keyrings, see possess().

/// What a keyring has of a stored key: one key, or two in the tls_hs layout.
struct PskOnKeyring {
    std::vector<Serial> serials; ///< as many as there are
    bool complete = false;       ///< all are there
    bool same = false;           ///< and hold what is stored
};
/// Errors (stage keyring): those of read_key.
Result<PskOnKeyring> look_up_psk(Serial keyring, const PskRecord &record);

/// Puts the key there, or its new secret in its place. What is as it should be is left alone and keeps its serial; a key
/// of type `user` keeps it always, one of type `psk` the kernel can only replace. Possessors may do anything with
/// it, its owner may see it, nobody else knows of it. Errors (stage keyring): keyring-full, keyring-denied, keyring-failed,
/// psk-type-unknown.
Result<std::vector<Serial>> publish_psk(Serial keyring, const PskRecord &record);

/// Takes it off the keyring; whoever holds it elsewhere keeps it. Nothing there is no error.
Status withdraw_psk(Serial keyring, const PskRecord &record);

/// A keyring of root's that lasts until the next boot, which the agent finds by its name. Errors: as of publish_psk.
Result<Serial> make_keyring(const std::string &name);

} // namespace rpctls::keys
