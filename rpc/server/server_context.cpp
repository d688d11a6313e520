// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/server_context.hpp"

#include "rpc/base/time_text.hpp"

#include <exception>

namespace rpctls::server {

ServerContext::ServerContext(SvcSettings settings)
    : settings_(std::move(settings)), peers_(settings_.limits.connections_per_peer),
      handshakes_(settings_.limits.unfinished_handshakes_per_peer) {}

Status ServerContext::load() {
    auto loaded = settings_.load();
    if (!loaded)
        return std::move(loaded).error();
    if (insists_on_tls(settings_.policy) && !(*loaded)->can_offer())
        return Error{
            Stage::input, "server-identity-missing",
            "a server that insists on TLS needs a certificate and its private key, or pre-shared keys"};
    const std::scoped_lock lock(mutex_);
    snapshot_ = std::move(*loaded);
    return {};
}

std::shared_ptr<const SvcSnapshot> ServerContext::snapshot() const {
    const std::scoped_lock lock(mutex_);
    return snapshot_;
}

std::variant<ServerContext::Place, const char *> ServerContext::admit(std::string peer) {
    const std::scoped_lock lock(mutex_);
    if (connections_ >= settings_.limits.connections)
        return "too many connections";
    if (!peers_.try_add(peer))
        return "too many connections of this peer";
    ++connections_;
    return Place(*this, std::move(peer));
}

void ServerContext::give_back(const std::string &peer) {
    const std::scoped_lock lock(mutex_);
    --connections_;
    peers_.remove(peer);
}

std::size_t ServerContext::connections() const {
    const std::scoped_lock lock(mutex_);
    return connections_;
}

bool ServerContext::try_begin_handshake(const std::string &peer) {
    const std::scoped_lock lock(mutex_);
    return handshakes_.try_add(peer);
}

void ServerContext::end_handshake(const std::string &peer) {
    const std::scoped_lock lock(mutex_);
    handshakes_.remove(peer);
}

void ServerContext::log(const std::string &peer, const std::string &what) const {
    if (!settings_.log)
        return;
    try {
        settings_.log(format_time(std::chrono::system_clock::now()) + " role=server peer=" + peer +
                      " policy=" + std::string(to_string(settings_.policy)) + " " + what);
    } catch (const std::exception &) {
        // No memory for a line: what it tells of goes on, or ends, without it.
    }
}

void ServerContext::log_refusal(const std::string &peer, const char *why) const {
    log(peer, std::string("mode=none probe=none connection refused: ") + why);
}

void ServerContext::log_failed_handshake(const std::string &peer, const Error &error) const {
    log(peer, "mode=none probe=answered handshake failed: " + error.name + ": " + summary(error));
}

void ServerContext::log_clear_call(const std::string &peer) const {
    log(peer, std::string("mode=none probe=none ") +
                  (insists_on_tls(settings_.policy) ? "refused: AUTH_TOOWEAK" : "accepted"));
}

} // namespace rpctls::server
