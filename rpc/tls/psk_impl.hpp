// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/gnutls_handles.hpp"
#include "rpc/tls/psk.hpp"

#include <optional>
#include <span>

namespace rpctls::tls {

struct SessionState;

using PskClientCredentials = Owner<gnutls_psk_client_credentials_t, gnutls_psk_free_client_credentials>;
using PskServerCredentials = Owner<gnutls_psk_server_credentials_t, gnutls_psk_free_server_credentials>;

struct PskPolicy::Impl {
    Result<Priority>
        sha256; ///< a client's that has a key of that hash: the one cipher suite that follows from it
    Result<Priority> sha384;
    Result<Priority> any; ///< a server's: the key that the client offers decides
};

/// A session's part in this. GnuTLS asks for the key through a callback and wipes the copy it is given.
struct PskState {
    FindPsk find;                    ///< server
    std::optional<PresharedKey> key; ///< client: from the start; server: what the client offered and we have
    PskClientCredentials client;
    PskServerCredentials server;
};

/// Error (stage keyring): psk-hash-unsupported.
Status set_client_psk(SessionState &state);

/// The identity that a client's hello offers first, as GnuTLS takes no other; absent when there is none, or the hello is
/// malformed.
std::optional<std::string> offered_psk(std::span<const std::byte> client_hello);

/// With the client's hello before GnuTLS reads it: finds the key that it offers first, as GnuTLS takes no other, and
/// sets it. Negative when the handshake ends here; the refusal says why.
int choose_server_psk(SessionState &state, std::span<const std::byte> client_hello);

} // namespace rpctls::tls
