// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/engine/handshake_engine.hpp"

#include "rpc/tls/engine/engine_state.hpp"
#include "rpc/tls/session_setup.hpp"

namespace rpctls::tls {

struct HandshakeEngine::Impl : EngineState {
    /// An engine for parameters that `set_up` knows.
    template <class Parameters>
    static Result<HandshakeEngine> make(Status (*set_up)(SessionState &, Parameters), Parameters parameters,
                                        EngineOptions options) {
        auto impl = std::make_unique<Impl>();
        impl->options = std::move(options);
        impl->before_opening(parameters);
        if (auto set = set_up(*impl, std::move(parameters)); !set)
            return std::move(set).error();
        install_engine_callbacks(*impl);
        impl->after_opening();
        return HandshakeEngine(std::move(impl));
    }
};

HandshakeEngine::HandshakeEngine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HandshakeEngine::HandshakeEngine(HandshakeEngine &&) noexcept = default;
HandshakeEngine &HandshakeEngine::operator=(HandshakeEngine &&) noexcept = default;
HandshakeEngine::~HandshakeEngine() = default;

Result<HandshakeEngine> HandshakeEngine::client(ClientParameters parameters, EngineOptions options) {
    return Impl::make(set_up_client, std::move(parameters), std::move(options));
}

Result<HandshakeEngine> HandshakeEngine::server(ServerParameters parameters, EngineOptions options) {
    return Impl::make(set_up_server, std::move(parameters), std::move(options));
}

Result<HandshakeEngine> HandshakeEngine::psk_client(PskClientParameters parameters, EngineOptions options) {
    return Impl::make(set_up_psk_client, std::move(parameters), std::move(options));
}

Result<HandshakeEngine> HandshakeEngine::psk_server(PskServerParameters parameters, EngineOptions options) {
    return Impl::make(set_up_psk_server, std::move(parameters), std::move(options));
}

HandshakeEngine::State HandshakeEngine::state() const {
    if (impl_->failure)
        return State::failed;
    if (impl_->handshake_done)
        return State::connected;
    if (!impl_->reader.empty())
        return State::received;
    return impl_->started ? State::wait : State::start;
}

Status HandshakeEngine::start() {
    if (impl_->failure)
        return *impl_->failure;
    if (impl_->started || !impl_->is_client)
        return {};
    impl_->started = true;
    return impl_->advance();
}

Status HandshakeEngine::feed(Level level, std::span<const std::byte> octets) {
    if (auto started = start(); !started)
        return started;
    if (octets.empty())
        return {};
    impl_->started = true;
    if (level != impl_->reading)
        return impl_->refuse("octets at the wrong level", GNUTLS_A_UNEXPECTED_MESSAGE);
    return impl_->hear(octets);
}

std::vector<Action> HandshakeEngine::take() {
    impl_->answered = false;
    return std::exchange(impl_->actions, {});
}

Status HandshakeEngine::hear_alert(unsigned description) {
    if (impl_->failure)
        return *impl_->failure;
    if (description == GNUTLS_A_USER_CANCELED ||
        (description == GNUTLS_A_CLOSE_NOTIFY && impl_->handshake_done))
        return {};
    if (impl_->heard_hello && !impl_->handshake_done)
        impl_->fill_in_facts();
    impl_->failure = diagnose_alert(description, impl_->situation());
    return *impl_->failure;
}

void HandshakeEngine::hear_data() {
    if (!impl_->handshake_done)
        return;
    impl_->heard_data = true;
    impl_->messages_heard = 0;
}

Status HandshakeEngine::update_keys(bool request_peer) {
    if (impl_->failure)
        return *impl_->failure;
    if (!impl_->handshake_done || !impl_->options.key_updates)
        return Error{Stage::rpc, "session-failed", "this TLS session cannot change its keys"}.with(
            "reason", impl_->handshake_done ? "its options say so" : "its handshake is not done");
    return impl_->update(request_peer);
}

Status HandshakeEngine::send_ticket() {
    if (impl_->failure)
        return *impl_->failure;
    if (!impl_->handshake_done || !impl_->ticket_keys)
        return Error{Stage::rpc, "session-failed", "this TLS session has no tickets to give"}.with(
            "reason", impl_->handshake_done ? "its options say so" : "its handshake is not done");
    return impl_->send_ticket();
}

EarlyData HandshakeEngine::early_data() const {
    return impl_->early_data();
}

std::uint32_t HandshakeEngine::early_data_limit() const {
    return impl_->early_limit;
}

Status HandshakeEngine::hear_early_data(std::size_t octets) {
    if (impl_->failure)
        return *impl_->failure;
    return impl_->hear_early_data(octets);
}

std::optional<Secret> HandshakeEngine::resumption_secret() const {
    return impl_->resumption_secret ? std::optional(impl_->resumption_secret->duplicate()) : std::nullopt;
}

const SessionFacts &HandshakeEngine::facts() const {
    return impl_->facts;
}

const std::optional<std::vector<std::byte>> &HandshakeEngine::peer_extension() const {
    return impl_->peer_extension;
}

Result<std::vector<std::byte>> HandshakeEngine::channel_binding() const {
    return tls::channel_binding(*impl_);
}

std::size_t HandshakeEngine::largest_payload() const {
    return impl_->largest_payload;
}

} // namespace rpctls::tls
