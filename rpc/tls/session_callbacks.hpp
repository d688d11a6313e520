// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/gnutls_handles.hpp"
#include "rpc/tls/session_state.hpp"

#include <cerrno>
#include <exception>

namespace rpctls::tls {

/// GnuTLS is C: nothing may be thrown through it.
template <class Function>
auto guarded(SessionState &state, Function function) -> decltype(function()) {
    try {
        return function();
    } catch (...) {
        state.thrown = std::current_exception();
        gnutls_transport_set_errno(state.handle.get(), EIO);
        return -1;
    }
}

/// Lets each session decide whether it shows the credentials' chain (clients may stay anonymous).
void install_certificate_callback(gnutls_certificate_credentials_t credentials);

/// What ALPN came to, by hand, because GNUTLS_ALPN_MANDATORY does not notice an absent extension: true when the policy does
/// not bear it, and the state's refusal says so.
bool alpn_refused(SessionState &state);

/// What the certificate callbacks would have done had the session not been resumed: ALPN, and the chain of the session
/// before by the trust, the revocation lists and the settings of now. Resumption without a fresh key exchange is none.
/// False: refused, see the state's refusal.
bool accept_resumed(SessionState &state);

/// Transport and peer verification of one session.
void install_session_callbacks(SessionState &state);

} // namespace rpctls::tls
