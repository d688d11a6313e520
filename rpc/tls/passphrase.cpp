// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/passphrase.hpp"

#include <algorithm>
#include <string>

namespace rpctls::tls {

Status check_passphrase(const Secret &passphrase) {
    if (passphrase.size() >= shortest_passphrase)
        return {};
    return Error{Stage::input, "passphrase-weak", "the passphrase is too short"}
        .with("characters", std::to_string(passphrase.size()))
        .with("at least", std::to_string(shortest_passphrase))
        .advise("take a longer one: some words, or what a generator gives");
}

Result<Secret> terminated(const Secret &passphrase) {
    const auto bytes = passphrase.bytes();
    if (std::find(bytes.begin(), bytes.end(), std::byte{}) != bytes.end())
        return Error{Stage::input, "passphrase-invalid", "the passphrase contains a NUL"}.advise(
            "take a passphrase of text");
    Secret text(bytes.size() + 1);
    std::copy(bytes.begin(), bytes.end(), text.bytes().begin());
    return text;
}

} // namespace rpctls::tls
