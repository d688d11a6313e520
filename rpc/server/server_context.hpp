// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/peer_counts.hpp"
#include "rpc/server/svc_settings.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>

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

    /// A connection's place in the limits. It is given back by its end, wherever a connection's admission or life ends.
    class Place {
    public:
        Place() = default; ///< none
        Place(Place &&other) noexcept
            : context_(std::exchange(other.context_, nullptr)), peer_(std::move(other.peer_)) {}
        Place &operator=(Place &&other) noexcept {
            std::swap(context_, other.context_);
            std::swap(peer_, other.peer_);
            return *this;
        }
        ~Place() {
            if (context_ != nullptr)
                context_->give_back(peer_);
        }

        const std::string &peer() const { return peer_; }

    private:
        friend class ServerContext;
        Place(ServerContext &context, std::string peer) : context_(&context), peer_(std::move(peer)) {}

        ServerContext *context_ = nullptr;
        std::string peer_;
    };

    /// A place for a connection of that peer, or why there is none.
    std::variant<Place, const char *> admit(std::string peer);
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
    void give_back(const std::string &peer);

    const SvcSettings settings_;
    mutable std::mutex mutex_;
    std::shared_ptr<const SvcSnapshot> snapshot_;
    std::size_t connections_ = 0;
    PeerCounts peers_, handshakes_;
};

} // namespace rpctls::server
