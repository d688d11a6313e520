// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/clnt_stream.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rpctls::client {

/// Which protection a connection must have before the first call (RFC 9289 6.1, R-4.1-15, R-4.1-18).
enum class ClntPolicy {
    none,          ///< in clear, and no probe
    opportunistic, ///< in clear only where the server answered the probe and said no
    tls,
    mtls,
};

struct ClntTarget {
    std::string host;
    std::uint32_t program = 0;
    std::uint32_t version = 0;
    ClntPolicy policy = ClntPolicy::tls;
    std::shared_ptr<const tls::Credentials> credentials; ///< absent with ClntPolicy::none, and with a key
    std::shared_ptr<const tls::PskSet> psk;              ///< one key that is offered instead of a certificate
    bool present_identity = false;
    std::optional<std::string> server_name; ///< reference identity, if it differs from `host`
    std::vector<std::string> pins;
    tls::AlpnPolicy alpn = tls::AlpnPolicy::compatible;
    tls::KtlsUse ktls = tls::KtlsUse::if_possible;
    std::shared_ptr<tls::TicketStore> tickets; ///< absent: no resumption
    std::string ticket_scope;                  ///< what a server is judged by
    std::chrono::milliseconds timeout{8000};
};

/// resolve → connect → protect(). Errors beside those of protect(): as with preflight(), stages resolve and connect.
Result<ClntStream> connect_clnt(const ClntTarget &target, std::uint16_t port);

/// Probe with the program itself, handshake, channel: on this connection and on no other; nothing but the probe is ever
/// sent in clear, unless the policy lets the calls follow it. With `keep_open` the descriptor stays the caller's, whatever
/// becomes of this; after an error with an effect on the connection `*ended` is set, and it has been shut down.
///
/// Errors: those of the stages probe, handshake and verify as with preflight(); transport-unsuitable (stage input): TLS
/// is for TCP (RFC 9289 5.1.3); client-certificate-not-requested (stage handshake): ClntPolicy::mtls with a server that
/// does not want to know who calls.
Result<ClntStream> protect_clnt(Fd fd, bool keep_open, const ClntTarget &target, const std::string &peer,
                                Deadline deadline, bool *ended);

} // namespace rpctls::client
