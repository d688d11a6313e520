// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/gnutls_handles.hpp"

namespace rpctls::tls {

struct SessionState;

/// Lets each session decide whether it shows the credentials' chain (clients may stay anonymous).
void install_certificate_callback(gnutls_certificate_credentials_t credentials);

/// Transport and peer verification of one session.
void install_session_callbacks(SessionState &state);

} // namespace rpctls::tls
