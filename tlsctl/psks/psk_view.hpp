// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/psk_keyring.hpp"
#include "rpc/keys/psk_store.hpp"
#include "tlsctl/cli/command.hpp"
#include "tlsctl/psks/psk_keyrings.hpp"

#include <optional>
#include <string>

namespace rpctls::tlsctl {

/// A stored key and what the running system has of it.
struct PskView {
    std::optional<keys::PskOnKeyring> found; ///< absent: there is no such keyring
    bool looked = true;                      ///< false with --root

    /// "on the keyring", "not on the keyring", "differs from the stored one", "no such keyring", "not looked for".
    std::string state() const;
};
Result<PskView> view_psk(const keys::PskRecord &record, PskKeyrings &keyrings);

/// "SHA-256" or "SHA-384", by the length of the secret.
std::string hash_of(const keys::PskRecord &record);

/// Everything but the secret.
nlohmann::json psk_json(const keys::PskStore::Entry &entry, const PskView &view);

/// "key 12345" or "keys 12345 and 12346".
std::string serial_words(const std::vector<keys::Serial> &serials);

} // namespace rpctls::tlsctl
