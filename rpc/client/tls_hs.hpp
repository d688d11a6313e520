// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/deadline.hpp"
#include "rpc/keys/keyring.hpp"
#include "rpc/tls/channel.hpp"
#include "rpctls/result.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rpctls::client {

/// What the keyring does not say.
struct TlsHsRequest {
    bool is_client = true;
    std::string server_name; ///< client: what the server's certificate must hold
    bool require_client_certificate = false;
    std::vector<std::string> pins{}; ///< client
    tls::AlpnPolicy alpn = tls::AlpnPolicy::compatible;
    tls::KtlsUse ktls = tls::KtlsUse::if_possible;
    /// Where the keyring has certificates and no `ca`; absent: the system's.
    std::optional<std::filesystem::path> truststore{};
    std::optional<std::filesystem::path> crl{};
};

/// The socket-level call of the in-kernel TLS_HS design: a handshake on a connected socket with what is on a keyring
/// (keys/tls_hs_keyring.hpp, tls/tls_hs_material.hpp). Nothing is read or written before the keys are found sound, which
/// `has_begun` then says. The descriptor stays the caller's. Errors: those of read_tls_hs_keyring(), assemble_tls_hs(), Credentials::load(),
/// Session::handshake() and Channel::adopt(), and handshake-timeout.
Result<tls::Channel> tls_hs(int fd, keys::Serial keyring, TlsHsRequest request, Deadline deadline,
                            bool &has_begun);

} // namespace rpctls::client
