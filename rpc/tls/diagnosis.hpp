// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/error.hpp"

#include <cstddef>
#include <string>

namespace rpctls::tls {

/// How far a session had come when it failed: what a failure means depends on that.
struct Situation {
    bool is_client = false;
    std::string peer;                   ///< in messages: "nfs1.example", "the client"
    bool handshake_done = false;        ///< on our side; a TLS 1.3 server may still refuse our certificate
    bool heard_hello = false;           ///< the peer's ServerHello was accepted
    bool certificate_requested = false; ///< client only
    bool certificate_sent = false;
    bool heard_data = false;         ///< application data came, so the peer had accepted us
    std::string protocol = "sunrpc"; ///< what ALPN was to agree on
    bool with_psk = false;           ///< this side has a pre-shared key for the session
};

/// The peer said why it leaves (an alert number of RFC 8446 section 6.2).
Error diagnose_alert(unsigned alert, const Situation &situation);

/// The stream ended without a word.
Error diagnose_end(const Situation &situation);

/// The transport failed with `number`, an errno.
Error diagnose_transport(int number, const Situation &situation);

/// The first octets that came are no TLS record.
Error diagnose_no_tls(std::string octets_in_hex, const Situation &situation);

/// GnuTLS gave up with `code`.
Error diagnose_code(int code, const Situation &situation);

} // namespace rpctls::tls
