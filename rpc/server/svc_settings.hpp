// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/policy.hpp"
#include "rpc/tls/channel.hpp"
#include "rpc/tls/credentials.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace rpctls::server {

/// What one server allows its clients, all together and each.
struct SvcLimits {
    std::size_t connections = 1000;
    std::size_t connections_per_peer = 250;
    std::size_t unfinished_handshakes_per_peer = 32;
    std::size_t largest_record = 4 << 20; ///< octets of a call, and of a reply
    std::chrono::milliseconds handshake{10000};
    std::chrono::milliseconds idle{0};      ///< without a call; 0: for ever
    std::chrono::milliseconds stall{30000}; ///< no octet further in the middle of a call or of a reply
    std::chrono::milliseconds drain{10000}; ///< for what is under way when the server is told to stop
};

struct SvcSettings {
    using CredentialsLoader = std::function<Result<std::shared_ptr<const tls::Credentials>>()>;

    TlsPolicy policy = TlsPolicy::required;
    CredentialsLoader
        load; ///< called at the start and at each reload; credentials without an identity offer no TLS
    tls::AlpnPolicy alpn = tls::AlpnPolicy::compatible;
    tls::KtlsUse ktls = tls::KtlsUse::if_possible;
    SvcLimits limits{};
    std::function<void(const std::string &)> log; ///< one line for each choice of a security mode (R-6.1-1)
};

} // namespace rpctls::server
