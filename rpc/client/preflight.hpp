// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/session.hpp"
#include "rpctls/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::client {

inline constexpr std::uint32_t nfs_program = 100003;
inline constexpr std::uint16_t nfs_port = 2049;

/// Errors a PreflightReport may end with, beside those of tls::Session and tls::Credentials:
///   resolve    name-not-found, resolver-failed, resolve-timeout
///   connect    connection-refused, unreachable, connect-timeout, connect-failed
///   probe      tls-not-offered, tls-refused (only with credentials or probe_only; otherwise these are answers,
///              not failures), probe-malformed, probe-trailing-octets, probe-stray-replies, probe-closed, probe-timeout
///   handshake  handshake-timeout, client-certificate-required, client-certificate-refused
///   rpc        rpc-timeout, rpc-closed, rpc-denied, program-unavailable, version-mismatch, rpc-failed, reply-malformed,
///              record-too-large, record-empty

/// What the server said to the probe (RFC 9289 4.1). `offered`: accepted with the token. `not_offered`: accepted
/// without. `refused`: MSG_DENIED. Anything else is an Error of stage probe.
enum class TlsOffer { unknown, offered, not_offered, refused };

/// "offered", "not offered", …
std::string_view to_string(TlsOffer offer);

struct PreflightRequest {
    std::string host; ///< DNS name or literal as typed, IPv6 with or without brackets
    std::uint16_t port = nfs_port;
    std::uint32_t program = nfs_program;
    std::uint32_t version = 4;
    std::optional<int> family; ///< AF_INET or AF_INET6: connect to no other
    /// Reference identity if it differs from `host`.
    std::optional<std::string> server_name;
    std::shared_ptr<const tls::Credentials> credentials; ///< absent: end after the probe
    bool present_identity = false;
    bool probe_only = false;       ///< end after the probe, which must still be answered with an offer of TLS
    std::vector<std::string> pins; ///< see tls::ClientParameters
    tls::AlpnPolicy alpn = tls::AlpnPolicy::compatible;
    /// Call from a port below 1024, as servers that export without `insecure` ask for. Absent: yes for root, who alone
    /// may. Where no such port can be had, another one is used.
    std::optional<bool> reserved_port;
    /// For all stages of all addresses together.
    std::chrono::milliseconds timeout{8000};
    /// For each stage of one address, so that one dead address leaves time for the next.
    std::chrono::milliseconds stage_timeout{4000};
};

struct StageTime {
    Stage stage{};
    std::chrono::microseconds duration{};
};

/// How far it came and what was seen on the way; complete when `failure` is absent.
struct PreflightReport {
    std::vector<std::string> addresses; ///< what the name stands for, in the order tried
    std::string address;                ///< the one that was used last
    TlsOffer offer = TlsOffer::unknown;
    std::string answer; ///< the reply to the probe in the RFC's words: "accepted, SUCCESS, verifier …"
    std::optional<tls::SessionFacts> session; ///< also of a failed handshake, as far as it came
    bool null_call_answered = false;          ///< the program answered procedure 0 inside the session
    std::vector<StageTime> stages;            ///< those begun, in order
    std::optional<Error> failure;
};

/// resolve → connect → probe → handshake → NULL call inside TLS, on one connection, blocking until done or the
/// timeout. Addresses are tried in order until one connects, see connect_first(). Never sends anything in clear but the probe
/// (RFC 9289 6.1.2). Safe to call from several threads.
PreflightReport preflight(const PreflightRequest &request);

} // namespace rpctls::client
