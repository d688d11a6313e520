// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/engine/engine_state.hpp"

#include "rpc/tls/session_callbacks.hpp"

#include <stdexcept>

namespace rpctls::tls {

namespace {

EngineState &state_of(gnutls_session_t session) {
    return static_cast<EngineState &>(*static_cast<SessionState *>(gnutls_session_get_ptr(session)));
}

Level level_of(gnutls_record_encryption_level_t level) {
    switch (level) {
    case GNUTLS_ENCRYPTION_LEVEL_INITIAL:
        return Level::initial;
    case GNUTLS_ENCRYPTION_LEVEL_EARLY:
        return Level::early;
    case GNUTLS_ENCRYPTION_LEVEL_HANDSHAKE:
        return Level::handshake;
    case GNUTLS_ENCRYPTION_LEVEL_APPLICATION:
        break;
    }
    return Level::application;
}

/// GnuTLS calls it reading: what the program reads from the library is what it is to send.
int take_message(gnutls_session_t session, gnutls_record_encryption_level_t level,
                 gnutls_handshake_description_t type, const void *data, std::size_t size) {
    EngineState &state = state_of(session);
    return guarded(state, [&] {
        // GnuTLS does not note down the level of the early secret.
        const Level at = type == GNUTLS_HANDSHAKE_END_OF_EARLY_DATA ? Level::early : level_of(level);
        state.send(at, {static_cast<const std::byte *>(data), size});
        return 0;
    });
}

int take_alert(gnutls_session_t session, gnutls_record_encryption_level_t level, gnutls_alert_level_t,
               gnutls_alert_description_t description) {
    EngineState &state = state_of(session);
    return guarded(state, [&] {
        const bool early = level == GNUTLS_ENCRYPTION_LEVEL_INITIAL && state.writing == Level::early;
        state.actions.emplace_back(
            SendAlert{early ? Level::early : level_of(level), static_cast<unsigned>(description)});
        return 0;
    });
}

KtlsCipher cipher_of(gnutls_cipher_algorithm_t algorithm) {
    switch (algorithm) {
    case GNUTLS_CIPHER_AES_128_GCM:
        return KtlsCipher::aes_128_gcm;
    case GNUTLS_CIPHER_AES_256_GCM:
        return KtlsCipher::aes_256_gcm;
    default: // the priority lets no fourth one be agreed on
        return KtlsCipher::chacha20_poly1305;
    }
}

int take_secrets(gnutls_session_t session, gnutls_record_encryption_level_t level, const void *read,
                 const void *write, std::size_t size) {
    EngineState &state = state_of(session);
    return guarded(state, [&] {
        const bool early = level == GNUTLS_ENCRYPTION_LEVEL_EARLY;
        if (early && !state.is_client && alpn_refused(state)) // as before a full handshake's certificate
            return -1;
        state.cipher = cipher_of(early ? gnutls_early_cipher_get(session) : gnutls_cipher_get(session));
        for (const auto &[secret, direction] :
             {std::pair(read, Direction::receive), std::pair(write, Direction::transmit)})
            if (secret != nullptr)
                state.learn(level_of(level), direction, {static_cast<const std::byte *>(secret), size});
        return 0;
    });
}

/// Not called by GnuTLS 3.7, which knows that messages come by gnutls_handshake_write().
ssize_t nothing_to_pull(gnutls_transport_ptr_t pointer, void *, std::size_t) {
    gnutls_transport_set_errno(static_cast<SessionState *>(pointer)->handle.get(), EAGAIN);
    return -1;
}

/// Messages and alerts leave by the functions above; that a record is made here would be GnuTLS' fault.
ssize_t nowhere_to_push(gnutls_transport_ptr_t pointer, const giovec_t *, int) {
    gnutls_transport_set_errno(static_cast<SessionState *>(pointer)->handle.get(), EIO);
    return -1;
}

int receive_extension(gnutls_session_t session, const unsigned char *data, std::size_t size) {
    EngineState &state = state_of(session);
    return guarded(state, [&] {
        if (state.peer_extension) // of the hello before a HelloRetryRequest: answered already
            return 0;
        const auto octets = std::as_bytes(std::span(data, size));
        state.peer_extension.emplace(octets.begin(), octets.end());
        ExtraExtension &own = *state.options.extension;
        if (!state.is_client && own.answer)
            own.octets = own.answer(octets);
        return 0;
    });
}

int send_extension(gnutls_session_t session, gnutls_buffer_t buffer) {
    const auto &octets = state_of(session).options.extension->octets;
    const int code = gnutls_buffer_append_data(buffer, octets.data(), octets.size());
    return code < 0 ? code : static_cast<int>(octets.size());
}

void register_extension(EngineState &state) {
    const ExtraExtension &own = *state.options.extension;
    if (own.octets.empty() && (state.is_client || !own.answer)) // GnuTLS leaves such an extension out
        throw std::invalid_argument("the extension has nothing in it");
    constexpr unsigned flags = GNUTLS_EXT_FLAG_TLS | GNUTLS_EXT_FLAG_CLIENT_HELLO | GNUTLS_EXT_FLAG_EE;
    const int code =
        gnutls_session_ext_register(state.handle.get(), "extra", own.number, GNUTLS_EXT_TLS,
                                    receive_extension, send_extension, nullptr, nullptr, nullptr, flags);
    if (code == GNUTLS_E_ALREADY_REGISTERED)
        throw std::invalid_argument("the extension's number is one of TLS' own");
    if (code < 0)
        throw std::bad_alloc();
}

} // namespace

void install_engine_callbacks(EngineState &state) {
    gnutls_session_t session = state.handle.get();
    gnutls_transport_set_pull_function(session, nothing_to_pull);
    gnutls_transport_set_vec_push_function(session, nowhere_to_push);
    gnutls_handshake_set_read_function(session, take_message);
    gnutls_handshake_set_secret_function(session, take_secrets);
    gnutls_alert_set_read_function(session, take_alert);
    if (state.options.extension)
        register_extension(state);
}

} // namespace rpctls::tls
