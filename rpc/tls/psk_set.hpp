// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/psk.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace rpctls::tls {

/// The pre-shared keys of one end, checked once: an immutable snapshot, shared by reference, replaced whole on reload.
/// Safe for use by several threads at once.
class PskSet {
public:
    /// Errors (stage keyring): psk-hash-unsupported, psk-ambiguous (two of one identity), psk-missing (none).
    static Result<std::shared_ptr<const PskSet>> make(std::vector<PresharedKey> keys);

    /// nullptr: there is none of exactly that identity.
    const PresharedKey *find(std::string_view identity) const;
    /// Whether both have the same key of that identity.
    bool agrees(const PskSet &other, std::string_view identity) const;
    /// A client's one key.
    const PresharedKey &first() const { return keys_.front(); }
    std::size_t size() const { return keys_.size(); }
    const std::shared_ptr<const PskPolicy> &policy() const { return policy_; }

private:
    explicit PskSet(std::vector<PresharedKey> keys) : keys_(std::move(keys)), policy_(PskPolicy::load()) {}

    std::vector<PresharedKey> keys_; ///< by identity
    std::shared_ptr<const PskPolicy> policy_;
};

PresharedKey duplicate(const PresharedKey &key);

} // namespace rpctls::tls
