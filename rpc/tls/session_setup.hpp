// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/session_state.hpp"

/// What a session over a transport and a handshake engine without one have in common, beside the state itself. The
/// errors are those that session.hpp names.
namespace rpctls::tls {

/// Each opens the state's GnuTLS session for these parameters, with all callbacks in place.
Status set_up_client(SessionState &state, ClientParameters parameters);
Status set_up_server(SessionState &state, ServerParameters parameters);
Status set_up_psk_client(SessionState &state, PskClientParameters parameters);
Status set_up_psk_server(SessionState &state, PskServerParameters parameters);

/// For a server whose state has credentials with an identity: they are what it shows and what it judges clients by.
void use_certificates(SessionState &state);

/// When GnuTLS calls the handshake done: completes the facts. False: it came to something that must not be, and the
/// state's refusal says what; the session is to fail().
bool finish_handshake(SessionState &state);

/// See Session::channel_binding().
Result<std::vector<std::byte>> channel_binding(const SessionState &state);

} // namespace rpctls::tls
