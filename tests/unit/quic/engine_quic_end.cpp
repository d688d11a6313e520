// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/quic/engine_quic_end.hpp"

#include <algorithm>

namespace rpctls::test {

using namespace tls;

namespace {

constexpr std::uint16_t quic_transport_parameters = 57; // RFC 9001 section 8.2

ngtcp2_crypto_ctx limits() {
    ngtcp2_crypto_ctx context{};
    context.aead.max_overhead = 16;
    context.max_encryption = 1ULL << 23; // RFC 9001 section 6.6, for AES-GCM
    context.max_decryption_failure = 1ULL << 52;
    return context;
}

Level level_of(ngtcp2_crypto_level level) {
    switch (level) {
    case NGTCP2_CRYPTO_LEVEL_INITIAL:
        return Level::initial;
    case NGTCP2_CRYPTO_LEVEL_HANDSHAKE:
        return Level::handshake;
    case NGTCP2_CRYPTO_LEVEL_APPLICATION:
        return Level::application;
    case NGTCP2_CRYPTO_LEVEL_EARLY:
        break;
    }
    return Level::early;
}

ngtcp2_crypto_level level_of(Level level) {
    return level == Level::initial     ? NGTCP2_CRYPTO_LEVEL_INITIAL
           : level == Level::handshake ? NGTCP2_CRYPTO_LEVEL_HANDSHAKE
                                       : NGTCP2_CRYPTO_LEVEL_APPLICATION;
}

const std::uint8_t *octets_of(std::span<const std::byte> octets) {
    return reinterpret_cast<const std::uint8_t *>(octets.data());
}

} // namespace

EngineQuicEnd::EngineQuicEnd(bool is_client, Make make) : QuicEnd(is_client), make_(std::move(make)) {
    if (is_client)
        open_client();
}

std::vector<std::byte> EngineQuicEnd::own_parameters() const {
    std::vector<std::byte> octets(512);
    const ngtcp2_ssize size = ngtcp2_conn_encode_local_transport_params(
        conn_, reinterpret_cast<std::uint8_t *>(octets.data()), octets.size());
    octets.resize(static_cast<std::size_t>(std::max<ngtcp2_ssize>(size, 0)));
    return octets;
}

int EngineQuicEnd::hear_parameters(std::span<const std::byte> octets) {
    knows_parameters_ = true;
    return ngtcp2_conn_decode_remote_transport_params(conn_, octets_of(octets), octets.size());
}

void EngineQuicEnd::prepare() {
    ExtraExtension parameters{quic_transport_parameters};
    if (is_client_)
        parameters.octets = own_parameters();
    else // the version that a server names is chosen by what the client says (RFC 9368)
        parameters.answer = [this](std::span<const std::byte> theirs) {
            parameters_error_ = hear_parameters(theirs);
            return own_parameters();
        };
    auto engine = make_({.extension = std::move(parameters), .key_updates = false});
    if (engine)
        engine_ = std::move(*engine);
    else
        failure_ = engine.error();
}

void EngineQuicEnd::fill_in(ngtcp2_callbacks &callbacks) {
    fill_in_packet_protection(callbacks);
    callbacks.client_initial = [](ngtcp2_conn *conn, void *self) {
        EngineQuicEnd &end = self_of(self);
        const int code = end.protect_first_packets(*ngtcp2_conn_get_dcid(conn));
        return code != 0 ? code : end.follow(end.engine_->start());
    };
    callbacks.recv_client_initial = [](ngtcp2_conn *, const ngtcp2_cid *first, void *self) {
        return self_of(self).protect_first_packets(*first);
    };
    callbacks.recv_crypto_data = [](ngtcp2_conn *, ngtcp2_crypto_level level, std::uint64_t,
                                    const std::uint8_t *data, std::size_t size, void *self) {
        EngineQuicEnd &end = self_of(self);
        return end.follow(end.engine_->feed(level_of(level), std::as_bytes(std::span(data, size))));
    };
    callbacks.update_key = [](ngtcp2_conn *, std::uint8_t *rx_secret, std::uint8_t *tx_secret,
                              ngtcp2_crypto_aead_ctx *rx, std::uint8_t *rx_iv, ngtcp2_crypto_aead_ctx *tx,
                              std::uint8_t *tx_iv, const std::uint8_t *rx_now, const std::uint8_t *tx_now,
                              std::size_t size, void *self) {
        return self_of(self).update(rx_secret, tx_secret, rx, rx_iv, tx, tx_iv, rx_now, tx_now, size);
    };
    // Neither happens here: no server sends a Retry or another version than 1.
    callbacks.recv_retry = [](ngtcp2_conn *, const ngtcp2_pkt_hd *, void *) {
        return NGTCP2_ERR_CALLBACK_FAILURE + 0;
    };
    callbacks.version_negotiation = [](ngtcp2_conn *, std::uint32_t, const ngtcp2_cid *, void *) {
        return NGTCP2_ERR_CALLBACK_FAILURE + 0;
    };
}

int EngineQuicEnd::protect_first_packets(const ngtcp2_cid &first_destination) {
    const ngtcp2_crypto_ctx context = limits();
    ngtcp2_conn_set_initial_crypto_ctx(conn_, &context);
    PacketKeys rx(KtlsCipher::aes_128_gcm, initial_secret(first_destination, !is_client_));
    PacketKeys tx(KtlsCipher::aes_128_gcm, initial_secret(first_destination, is_client_));
    const ngtcp2_crypto_aead_ctx rx_aead{rx.aead.release()}, tx_aead{tx.aead.release()};
    const ngtcp2_crypto_cipher_ctx rx_header{rx.header.release()}, tx_header{tx.header.release()};
    return ngtcp2_conn_install_initial_key(conn_, &rx_aead, rx.iv.data(), &rx_header, &tx_aead, tx.iv.data(),
                                           &tx_header, rx.iv.size());
}

int EngineQuicEnd::follow(const Status &status) {
    if (!status)
        failure_ = status.error();
    if (const auto &theirs = engine_->peer_extension(); theirs && !knows_parameters_)
        parameters_error_ = hear_parameters(*theirs);
    if (parameters_error_ != 0)
        return parameters_error_;
    for (Action &action : engine_->take())
        if (const int code = act(action); code != 0)
            return code;
    if (engine_->state() == HandshakeEngine::State::connected)
        ngtcp2_conn_handshake_completed(conn_);
    return status ? 0 : NGTCP2_ERR_CRYPTO;
}

int EngineQuicEnd::act(Action &action) {
    if (const auto *secret = std::get_if<NewSecret>(&action))
        return install(*secret);
    if (const auto *alert = std::get_if<SendAlert>(&action)) {
        ngtcp2_conn_set_tls_alert(conn_, static_cast<std::uint8_t>(alert->description));
        return 0;
    }
    auto &octets = std::get<SendOctets>(action);
    const auto level = level_of(octets.level);
    sent_.push_back(std::move(octets.octets));
    return ngtcp2_conn_submit_crypto_data(conn_, level, octets_of(sent_.back()), sent_.back().size());
}

int EngineQuicEnd::install(const NewSecret &secret) {
    cipher_ = secret.cipher;
    const ngtcp2_crypto_ctx context = limits();
    ngtcp2_conn_set_crypto_ctx(conn_, &context);
    PacketKeys keys(secret.cipher, secret.secret);
    const ngtcp2_crypto_aead_ctx aead{keys.aead.release()};
    const ngtcp2_crypto_cipher_ctx header{keys.header.release()};
    const bool receives = secret.direction == Direction::receive;
    if (secret.level == Level::handshake) {
        const auto give =
            receives ? ngtcp2_conn_install_rx_handshake_key : ngtcp2_conn_install_tx_handshake_key;
        return give(conn_, &aead, keys.iv.data(), keys.iv.size(), &header);
    }
    const auto give = receives ? ngtcp2_conn_install_rx_key : ngtcp2_conn_install_tx_key;
    return give(conn_, octets_of(secret.secret.bytes()), secret.secret.size(), &aead, keys.iv.data(),
                keys.iv.size(), &header);
}

int EngineQuicEnd::update(std::uint8_t *rx_secret, std::uint8_t *tx_secret, ngtcp2_crypto_aead_ctx *rx,
                          std::uint8_t *rx_iv, ngtcp2_crypto_aead_ctx *tx, std::uint8_t *tx_iv,
                          const std::uint8_t *rx_now, const std::uint8_t *tx_now, std::size_t size) const {
    const auto next = [&](const std::uint8_t *now, std::uint8_t *secret, ngtcp2_crypto_aead_ctx *aead,
                          std::uint8_t *iv) {
        const Secret fresh = next_quic_secret(cipher_, Secret(std::as_bytes(std::span(now, size))));
        PacketKeys keys(cipher_, fresh);
        std::copy_n(octets_of(fresh.bytes()), size, secret);
        std::ranges::copy(keys.iv, iv);
        aead->native_handle = keys.aead.release();
    };
    next(rx_now, rx_secret, rx, rx_iv);
    next(tx_now, tx_secret, tx, tx_iv);
    return 0;
}

} // namespace rpctls::test
