// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/key_source.hpp"
#include "agent/plan.hpp"
#include "agent/snapshot.hpp"

#include "rpc/kernel/handshake.hpp"
#include "rpc/tls/session.hpp"

#include <memory>

namespace rpctls::agent {

/// A session with a pre-shared key (NVMe/TCP). A client's key is read now; a server's when the client has said which,
/// on the thread that drives the session. `used` receives the key's serial. Errors: those of KeySource and
/// Session::psk_client.
Result<tls::Session> make_psk_session(const kernel::HandshakeRequest &request, const Plan &plan,
                                      std::shared_ptr<const Snapshot> snapshot, tls::Transport &transport,
                                      std::shared_ptr<keys::Serial> used);

} // namespace rpctls::agent
