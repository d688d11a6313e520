// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpctls/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::keys {

/// As what kind of keys a pre-shared key lies on a keyring.
enum class PskLayout {
    nvme,   ///< one of type `psk`, its description the identity
    user,   ///< one of type `user`, likewise
    tls_hs, ///< two of type `user`, psk-N-id and psk-N-master, as the tls_hs module looks for them
};
/// "psk", "user", "tls-hs".
std::string_view to_string(PskLayout layout);

/// A pre-shared key as it is stored: what has to be put onto which keyring, ready for TLS.
struct PskRecord {
    std::string identity;
    PskLayout layout = PskLayout::user;
    unsigned number = 0; ///< of the tls_hs layout
    std::string keyring; ///< by name: serials do not outlive a boot
    Secret secret;
};

/// Whether two records stand for the same keys on the same keyring.
bool same_place(const PskRecord &a, const PskRecord &b);

/// The first number that the tls_hs module does not look for.
inline constexpr unsigned tls_hs_numbers = 5;

/// Printable ASCII without blank, 1 to 64 octets, not a serial number. Error (stage input): keyring-name-invalid.
Status check_keyring_name(std::string_view name);

/// /etc/rpctls/psks/NNNN: root only, 0700 and 0600, what a boot restores pre-shared keys from.
class PskStore {
public:
    explicit PskStore(const std::filesystem::path &root = "/") : directory_(root / "etc/rpctls/psks") {}

    const std::filesystem::path &directory() const { return directory_; }

    /// A file of the store, and what was found in it.
    struct Entry {
        std::filesystem::path file;
        Result<PskRecord> record;
    };
    /// In the order of files; an absent store is empty. Errors: directory-unreadable; of an entry those of
    /// read_secret_file, and psk-damaged (stage input).
    Result<std::vector<Entry>> list() const;

    /// Whole or not at all. Errors (stage input): psk-exists, unless it may replace one; psk-damaged when a damaged file
    /// might be of the same key; psk-store-full; those of write_file.
    Result<std::filesystem::path> put(const PskRecord &record, bool replace) const;

    /// What write_file says. A file that is gone already is no error.
    Status remove(const std::filesystem::path &file) const;

private:
    std::filesystem::path directory_;
};

} // namespace rpctls::keys
