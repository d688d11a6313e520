// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/engine/handshake_engine.hpp"
#include "rpc/tls/engine/message_reader.hpp"
#include "rpc/tls/session_state.hpp"

#include <mutex>

namespace rpctls::tls {

/// A session without a transport: what it wants sent and what it learns become actions.
struct EngineState : SessionState {
    /// An application traffic secret, kept for the next generation.
    struct Traffic {
        Secret secret;
        std::uint32_t generation = 0;
    };

    EngineOptions options;
    std::optional<std::vector<std::byte>> peer_extension;
    std::vector<Action> actions;
    MessageReader reader{largest_handshake_message};
    Level reading = Level::initial; ///< of what comes next
    Level writing = Level::initial; ///< of the newest secret to send with
    bool started = false;
    std::uint64_t octets_heard = 0; ///< in the handshake
    unsigned messages_heard = 0;    ///< in the handshake, then since data was heard
    KtlsCipher cipher{};
    Traffic receive;
    Traffic transmit;
    bool answered = false; ///< to a KeyUpdate that asked, since take()

    std::uint32_t early_limit = 0; ///< octets of early data that this client may send, or this server takes
    std::uint64_t early_heard = 0; ///< server
    bool early_given = false;      ///< the secret for it
    bool resumption_judged = false;
    std::optional<Secret> resumption_secret;

    /// Around set_up_client() and so on. std::invalid_argument: options that make no sense there.
    void before_opening(const ClientParameters &parameters);
    void before_opening(const ServerParameters &parameters);
    void before_opening(const PskClientParameters &) { refuse_resumption(); }
    void before_opening(const PskServerParameters &) { refuse_resumption(); }
    void after_opening();

    void send(Level level, std::span<const std::byte> octets);
    void learn(Level level, Direction direction, std::span<const std::byte> secret);

    /// One turn of GnuTLS' handshake.
    Status advance();
    /// All of a range at one level.
    Status hear(std::span<const std::byte> octets);
    Status update(bool request_peer);
    Status send_ticket();
    EarlyData early_data() const;
    Status hear_early_data(std::size_t octets);
    /// Ends the session over what the peer sent.
    Error refuse(std::string reason, gnutls_alert_description_t alert);

private:
    Status hear_handshake_message();
    Status hear_later_message(); ///< of the connected peer
    Status hear_key_update();
    Status hear_ticket();
    Status judge_resumption();
    Status finish();
    void refuse_resumption() const;
    std::unique_lock<std::recursive_mutex> lock_recording() const;
    void next_generation(Direction direction);
};

/// Takes the messages away from the transport that install_session_callbacks() set. std::invalid_argument: the
/// extension's number is TLS' own, or it is empty.
void install_engine_callbacks(EngineState &state);

} // namespace rpctls::tls
