// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/peer_counts.hpp"
#include "rpc/server/svc_settings.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace rpctls::server {

/// What all connections of a server have in common: its settings, what it proves itself by at present, the counts that limits are
/// for, and the audit. For any number of threads.
class ServerContext {
public:
    explicit ServerContext(SvcSettings settings);

    const SvcSettings &settings() const { return settings_; }

    /// Loads what there is to prove itself by, or keeps what there is and says why. Errors: those of the loader;
    /// server-identity-missing (stage input: the policy insists on TLS).
    Status load();
    std::shared_ptr<const SvcSnapshot> snapshot() const;

    /// A place for a connection: absent when it has one, to be given back by leave(); otherwise why not.
    std::optional<const char *> refusal(const std::string &peer);
    void leave(const std::string &peer);
    std::size_t connections() const;
    bool try_begin_handshake(const std::string &peer);
    void end_handshake(const std::string &peer);

    /// One line (R-6.1-1).
    void log(const std::string &peer, const std::string &what) const;
    void log_refusal(const std::string &peer, const char *why) const;
    void log_failed_handshake(const std::string &peer, const Error &error) const;
    /// That calls of a connection come in clear, and what becomes of them.
    void log_clear_call(const std::string &peer) const;

private:
    const SvcSettings settings_;
    mutable std::mutex mutex_;
    std::shared_ptr<const SvcSnapshot> snapshot_;
    std::size_t connections_ = 0;
    PeerCounts peers_, handshakes_;
};

} // namespace rpctls::server
