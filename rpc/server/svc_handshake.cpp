// SPDX-License-Identifier: LGPL-2.1-or-later
// The part of a SvcConnection's life between the token and the session.
#include "rpc/server/svc_connection.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/recheck.hpp"

namespace rpctls::server {

namespace {

std::string_view mode_of(const tls::SessionFacts &facts) {
    if (facts.psk_identity)
        return "psk";
    return facts.peer_authenticated ? "mtls" : "tls";
}

std::string identity_text(const tls::SessionFacts &facts) {
    if (facts.psk_identity)
        return " psk=\"" + printable(*facts.psk_identity) + "\"";
    if (!facts.peer_authenticated || facts.peer_chain.empty())
        return "";
    const auto &leaf = facts.peer_chain.front();
    return " subject=\"" + printable(leaf.subject) + "\" issuer=\"" + printable(leaf.issuer) +
           "\" serial=" + printable(leaf.serial);
}

std::string name_text(const tls::SessionFacts &facts) {
    return facts.requested_name ? " name=" + printable(*facts.requested_name) : "";
}

} // namespace

bool SvcConnection::begin_handshake() {
    const SvcSettings &settings = server_->settings();
    if (!server_->try_begin_handshake(peer_key_)) {
        fail_handshake(Error{Stage::handshake, "too-many-handshakes", "too many are unfinished"});
        return false;
    }
    counts_as_handshake_ = true;
    snapshot_ = server_->snapshot();
    tls::ServerParameters parameters;
    parameters.alpn = settings.alpn;
    parameters.select = [this](const std::optional<std::string> &name) { return choose(name); };
    auto session = tls::Session::server(std::move(parameters), *socket_);
    if (!session) {
        fail_handshake(session.error());
        return false;
    }
    handshake_ = std::move(*session);
    return true;
}

Result<tls::ServerChoice> SvcConnection::choose(const std::optional<std::string> &name) {
    const SvcSettings &settings = server_->settings();
    if (settings.select) {
        auto label = settings.select(*snapshot_, name);
        if (!label)
            return std::move(label).error();
        label_ = std::move(*label);
    }
    const SvcMaterial *material = snapshot_->find(label_);
    if (material == nullptr || !material->can_offer())
        return Error{Stage::handshake, "server-name-unknown",
                     "this server has no identity under the name that the client asks for"}
            .with("name", name ? printable(*name) : "none")
            .with("choice", label_ ? printable(*label_) : "none");
    const bool insists = settings.policy == TlsPolicy::mutual || material->insists;
    return tls::ServerChoice{material->credentials, material->psks,
                             insists ? tls::ClientCertificate::required
                                     : tls::ClientCertificate::verified_if_given};
}

std::optional<std::string> SvcConnection::fault_by(const SvcSnapshot &now) const {
    if (!facts_)
        return std::nullopt;
    const SvcMaterial *material = now.find(label_);
    if (material == nullptr)
        return "server-name-unknown";
    const tls::SessionFacts &facts = facts_->facts;
    if (facts.psk_identity) {
        const auto &then = snapshot_->find(label_)->psks;
        const bool same = then && material->psks && material->psks->agrees(*then, *facts.psk_identity);
        return same ? std::nullopt : std::optional<std::string>("psk-identity-unknown");
    }
    if (!facts.peer_authenticated || facts.peer_chain.empty())
        return std::nullopt;
    const auto fault = tls::recheck_client(*material->credentials, facts.peer_chain);
    return fault ? std::optional(fault->name) : std::nullopt;
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
    server_->log(peer_, "mode=" + std::string(mode_of(facts)) + " probe=answered version=\"" + facts.version +
                            "\" cipher=" + facts.cipher +
                            " alpn=" + printable(facts.alpn.value_or("absent")) + name_text(facts) +
                            " records=" + (facts_->in_kernel ? "kernel" : "library") + identity_text(facts));
}

void SvcConnection::fail_handshake(const Error &error) {
    server_->log(peer_, "mode=none probe=answered handshake failed: " + error.name + ": " + summary(error));
    dead_ = true;
}

} // namespace rpctls::server
