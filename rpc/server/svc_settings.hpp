// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/policy.hpp"
#include "rpc/tls/channel.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpc/tls/psk_set.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
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

/// By what the server proves itself to some of its clients, and what it believes of them.
struct SvcMaterial {
    std::shared_ptr<const tls::Credentials> credentials;
    std::shared_ptr<const tls::PskSet> psks; ///< absent: certificates only
    std::shared_ptr<tls::TicketKeys>
        ticket_keys;      ///< absent: no resumption; of this material alone, so gone with it
    bool insists = false; ///< these clients must prove who they are, whatever the policy

    bool can_offer() const { return psks || (credentials && credentials->has_identity()); }
};

/// All that was read at one time.
struct SvcSnapshot {
    SvcMaterial own;
    std::map<std::string, SvcMaterial, std::less<>> choices; ///< by label

    bool can_offer() const { return own.can_offer() || !choices.empty(); }
    /// `own` without a label; nullptr when there is none of that label.
    const SvcMaterial *find(const std::optional<std::string> &label) const {
        if (!label)
            return &own;
        const auto found = choices.find(*label);
        return found != choices.end() ? &found->second : nullptr;
    }
};

/// Which of the snapshot is for a client that asks for that name (absent: for none). Errors refuse the client.
using SvcSelect = std::function<Result<std::optional<std::string>>(const SvcSnapshot &snapshot,
                                                                   const std::optional<std::string> &name)>;

struct SvcSettings {
    using Loader = std::function<Result<std::shared_ptr<const SvcSnapshot>>()>;

    TlsPolicy policy = TlsPolicy::required;
    Loader load; ///< called at the start and at each reload; what has nothing to prove with offers no TLS
    SvcSelect select; ///< absent: it is always `own`
    tls::AlpnPolicy alpn = tls::AlpnPolicy::compatible;
    tls::KtlsUse ktls = tls::KtlsUse::if_possible;
    SvcLimits limits{};
    std::function<void(const std::string &)> log; ///< one line for each choice of a security mode (R-6.1-1)
};

} // namespace rpctls::server
