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

/// Transport and peer verification of one session.
void install_session_callbacks(SessionState &state);

} // namespace rpctls::tls
