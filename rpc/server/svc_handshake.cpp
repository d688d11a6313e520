// SPDX-License-Identifier: LGPL-2.1-or-later
// The part of a SvcConnection's life between the token and the session.
#include "rpc/server/svc_connection.hpp"

#include "rpc/base/text.hpp"

namespace rpctls::server {

namespace {

std::string identity_text(const tls::SessionFacts &facts) {
    if (!facts.peer_authenticated || facts.peer_chain.empty())
        return "";
    const auto &leaf = facts.peer_chain.front();
    return " subject=\"" + printable(leaf.subject) + "\" issuer=\"" + printable(leaf.issuer) +
           "\" serial=" + printable(leaf.serial);
}

} // namespace

bool SvcConnection::begin_handshake() {
    const SvcSettings &settings = server_->settings();
    if (!server_->try_begin_handshake(peer_key_)) {
        fail_handshake(Error{Stage::handshake, "too-many-handshakes", "too many are unfinished"});
        return false;
    }
    counts_as_handshake_ = true;
    tls::ServerParameters parameters;
    parameters.credentials = server_->credentials();
    parameters.client_certificate = settings.policy == TlsPolicy::mutual
                                        ? tls::ClientCertificate::required
                                        : tls::ClientCertificate::verified_if_given;
    parameters.alpn = settings.alpn;
    auto session = tls::Session::server(std::move(parameters), *socket_);
    if (!session) {
        fail_handshake(session.error());
        return false;
    }
    handshake_ = std::move(*session);
    return true;
}

/// Whether the session is there.
bool SvcConnection::shake_hands() {
    if (!handshake_ && !begin_handshake())
        return false;
    const auto progress = handshake_->handshake();
    if (!progress) {
        fail_handshake(progress.error());
        return false;
    }
    if (*progress != tls::Session::Progress::done) {
        wants_write_ = *progress == tls::Session::Progress::want_write;
        return false;
    }
    finish_handshake();
    return channel_.has_value();
}

void SvcConnection::finish_handshake() {
    server_->end_handshake(peer_key_);
    counts_as_handshake_ = false;
    progress_ = Clock::now();
    auto session = std::move(*handshake_);
    handshake_.reset();
    auto channel = tls::Channel::adopt(std::move(socket_), std::move(session), server_->settings().ktls);
    if (!channel) {
        fail_handshake(channel.error());
        return;
    }
    channel_ = std::move(*channel);
    reception_.session_begun();
    const tls::SessionFacts &facts = channel_->facts();
    facts_ = face::make_session(facts, channel_->channel_binding(), channel_->protected_by_kernel());
    server_->log(peer_, std::string("mode=") + (facts.peer_authenticated ? "mtls" : "tls") +
                            " probe=answered version=\"" + facts.version + "\" cipher=" + facts.cipher +
                            " alpn=" + printable(facts.alpn.value_or("absent")) +
                            " records=" + (facts_->in_kernel ? "kernel" : "library") + identity_text(facts));
}

void SvcConnection::fail_handshake(const Error &error) {
    server_->log(peer_, "mode=none probe=answered handshake failed: " + error.name + ": " + summary(error));
    dead_ = true;
}

} // namespace rpctls::server
