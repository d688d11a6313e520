// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/result.hpp"
#include "rpc/tls/session.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rpctls::client {

inline constexpr std::uint32_t nfs_program = 100003;
inline constexpr std::uint16_t nfs_port = 2049;

/// What the server said to the probe (RFC 9289 4.1). `offered`: accepted with the token. `not_offered`: accepted
/// without. `refused`: MSG_DENIED. Anything else is an Error of stage probe.
enum class TlsOffer { unknown, offered, not_offered, refused };

struct PreflightRequest {
    std::string host;                       ///< DNS name or literal as typed, IPv6 with or without brackets
    std::uint16_t port = nfs_port;
    std::uint32_t program = nfs_program;
    std::uint32_t version = 4;
    /// Reference identity if it differs from `host`.
    std::optional<std::string> server_name;
    std::shared_ptr<const tls::Credentials> credentials; ///< absent: end after the probe
    bool present_identity = false;
    tls::AlpnPolicy alpn = tls::AlpnPolicy::compatible;
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
    std::optional<tls::SessionFacts> session; ///< also of a failed handshake, as far as it came
    bool null_call_answered = false;          ///< the program answered procedure 0 inside the session
    std::vector<StageTime> stages;            ///< those begun, in order
    std::optional<Error> failure;
};

/// resolve → connect → probe → handshake → NULL call inside TLS, on one connection, blocking until done or the
/// timeout. Addresses are tried in order until one connects. Never sends anything in clear but the probe
/// (RFC 9289 6.1.2). Safe to call from several threads.
PreflightReport preflight(const PreflightRequest &request);

} // namespace rpctls::client
