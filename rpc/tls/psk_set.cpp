// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/psk_set.hpp"

#include "rpc/base/text.hpp"

#include <algorithm>

namespace rpctls::tls {

Result<std::shared_ptr<const PskSet>> PskSet::make(std::vector<PresharedKey> keys) {
    if (keys.empty())
        return Error{Stage::keyring, "psk-missing", "there is no pre-shared key"};
    std::sort(keys.begin(), keys.end(),
              [](const PresharedKey &a, const PresharedKey &b) { return a.identity < b.identity; });
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (auto supported = check_psk_support(keys[i].hash); !supported)
            return std::move(supported).error().with("identity", printable(keys[i].identity));
        if (i > 0 && keys[i].identity == keys[i - 1].identity)
            return Error{Stage::keyring, "psk-ambiguous", "two pre-shared keys have the same identity"}
                .with("identity", printable(keys[i].identity))
                .advise("give each peer a key and an identity of its own");
    }
    return std::shared_ptr<const PskSet>(new PskSet(std::move(keys)));
}

const PresharedKey *PskSet::find(std::string_view identity) const {
    const auto at =
        std::lower_bound(keys_.begin(), keys_.end(), identity,
                         [](const PresharedKey &key, std::string_view text) { return key.identity < text; });
    return at != keys_.end() && at->identity == identity ? &*at : nullptr;
}

bool PskSet::agrees(const PskSet &other, std::string_view identity) const {
    const PresharedKey *own = find(identity), *others = other.find(identity);
    return own != nullptr && others != nullptr && own->hash == others->hash &&
           own->secret.equals(others->secret.bytes());
}

PresharedKey duplicate(const PresharedKey &key) {
    return {key.identity, key.secret.duplicate(), key.hash};
}

} // namespace rpctls::tls
