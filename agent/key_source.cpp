// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/key_source.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/possession.hpp"
#include "rpc/keys/psk.hpp"

#include <optional>

namespace rpctls::agent {

namespace {

Error not_known(std::string_view identity) {
    return Error{Stage::keyring, "psk-identity-unknown",
                 "the client offers a pre-shared key that is on no keyring here"}
        .with("identity", printable(identity))
        .advise(
            "insert the key on this host too: nvme check-tls-key --insert with the same key, host NQN and "
            "subsystem NQN");
}

Result<FoundPsk> usable(keys::StoredPsk stored) {
    const auto hash = tls::psk_hash(stored.identity, stored.secret.size());
    if (!hash)
        return hash.error();
    return FoundPsk{stored.serial,
                    tls::PresharedKey{std::move(stored.identity), std::move(stored.secret), *hash}};
}

} // namespace

std::vector<keys::Serial> KeySource::within_reach(keys::Serial requested, const char *usual) const {
    std::vector<keys::Serial> keyrings;
    if (requested != 0)
        keyrings.push_back(requested);
    else if (const auto found = names_.find(usual))
        keyrings.push_back(*found);
    for (const std::string &name : configured_)
        if (const auto found = names_.find(name))
            keyrings.push_back(*found);
    return keyrings;
}

Result<tls::IdentityBytes> KeySource::identity(const kernel::HandshakeRequest &request,
                                               const kernel::CertificateSerials &serials) const {
    const bool client = request.type == kernel::MessageType::client_hello;
    const keys::Possession possession(within_reach(request.keyring, client ? ".nfs" : ".nfsd"));
    auto certificate = keys::read_key(serials.certificate);
    if (!certificate)
        return std::move(certificate).error();
    auto private_key = keys::read_key(serials.private_key);
    if (!private_key)
        return std::move(private_key).error();
    const auto chain = certificate->bytes();
    return tls::IdentityBytes{"key " + std::to_string(serials.certificate),
                              {chain.begin(), chain.end()},
                              std::move(*private_key),
                              false};
}

Result<FoundPsk> KeySource::psk(keys::Serial keyring, std::span<const keys::Serial> serials) const {
    const keys::Possession possession(within_reach(keyring, ".nvme"));
    std::optional<Error> first;
    for (const keys::Serial serial : serials) {
        auto stored = keys::read_psk(serial);
        auto found = stored ? usable(std::move(*stored)) : Result<FoundPsk>(std::move(stored).error());
        if (found)
            return found;
        if (!first)
            first = std::move(found).error();
    }
    if (first)
        return *std::move(first);
    return Error{Stage::keyring, "keys-incomplete", "the request names no pre-shared key"};
}

Result<FoundPsk> KeySource::psk_named(keys::Serial keyring, std::string_view identity) const {
    const auto keyrings = within_reach(keyring, ".nvme");
    const keys::Possession possession(keyrings);
    auto stored = keys::find_psk(keyrings, identity);
    if (!stored)
        return std::move(stored).error();
    if (!*stored)
        return not_known(identity);
    return usable(std::move(**stored));
}

} // namespace rpctls::agent
