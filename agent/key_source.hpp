// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/handshake.hpp"
#include "rpc/keys/keyring_names.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpc/tls/psk.hpp"
#include "rpctls/result.hpp"

#include "agent/plan.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::agent {

/// A pre-shared key and where it lies: the consumer is told the serial.
struct FoundPsk {
    keys::Serial serial = 0;
    tls::PresharedKey key;
};

/// Reads what requests name from the kernel's keyrings. Each read possesses, on the calling thread and for that moment
/// only, the keyring of its request, or the consumer's own (.nfs, .nfsd, .nvme) when the request has none, and those of
/// `[authenticate] keyrings=`. Safe for several threads.
class KeySource {
public:
    explicit KeySource(std::vector<std::string> keyrings) : configured_(std::move(keyrings)) {}

    /// Chain and key of cert_serial= and privkey_serial=. Errors (stage keyring): those of keys::read_key.
    Result<tls::IdentityBytes> identity(const kernel::HandshakeRequest &request,
                                        const kernel::CertificateSerials &serials) const;

    /// The first that can be used of the keys that a request names. Errors (stage keyring): those of keys::read_psk
    /// and tls::psk_hash.
    Result<FoundPsk> psk(keys::Serial keyring, std::span<const keys::Serial> serials) const;

    /// The key that a client offers. Error (stage keyring): psk-identity-unknown, and as above.
    Result<FoundPsk> psk_named(keys::Serial keyring, std::string_view identity) const;

private:
    std::vector<keys::Serial> within_reach(keys::Serial requested, const char *usual) const;

    std::vector<std::string> configured_;
    mutable keys::KeyringNames names_;
};

} // namespace rpctls::agent
