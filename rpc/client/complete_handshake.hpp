// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/deadline.hpp"
#include "rpc/tls/session.hpp"
#include "rpctls/result.hpp"

#include <string>

namespace rpctls::client {

/// Goes on with a handshake, of either role, on its connected socket until it is done. `peer` is for messages. Errors:
/// those of Session::handshake(), and handshake-timeout (stage handshake).
Status run_handshake(tls::Session &session, int fd, const std::string &peer, Deadline deadline);

/// Goes on with a client's handshake on its connected socket until it is done. `peer` is for messages. Errors: those of
/// Session::handshake() with the server, and handshake-timeout (stage handshake).
Status complete_handshake(tls::Session &session, int fd, const std::string &peer, Deadline deadline);

} // namespace rpctls::client
