// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/engine/handshake_engine.hpp"
#include "tests/unit/quic/packet_keys.hpp"
#include "tests/unit/quic/quic_end.hpp"

#include <functional>
#include <optional>

namespace rpctls::test {

/// QUIC on a HandshakeEngine: CRYPTO frames in and out by level, packets protected under the secrets it gives. Of
/// ngtcp2 only the core takes part, no TLS of it.
class EngineQuicEnd final : public QuicEnd {
public:
    /// Makes the engine once its options, which hold the transport parameters, are known.
    using Make = std::function<Result<tls::HandshakeEngine>(tls::EngineOptions)>;
    EngineQuicEnd(bool is_client, Make make);

    const std::optional<tls::HandshakeEngine> &engine() const { return engine_; }
    const std::optional<Error> &failure() const { return failure_; }

private:
    static EngineQuicEnd &self_of(void *self) {
        return static_cast<EngineQuicEnd &>(*static_cast<QuicEnd *>(self));
    }
    void prepare() override;
    int hear_parameters(std::span<const std::byte> octets);
    std::vector<std::byte> own_parameters() const;
    void fill_in(ngtcp2_callbacks &callbacks) override;
    int protect_first_packets(const ngtcp2_cid &first_destination);
    int follow(const Status &status);
    int act(tls::Action &action);
    int install(const tls::NewSecret &secret);
    int update(std::uint8_t *rx_secret, std::uint8_t *tx_secret, ngtcp2_crypto_aead_ctx *rx,
               std::uint8_t *rx_iv, ngtcp2_crypto_aead_ctx *tx, std::uint8_t *tx_iv,
               const std::uint8_t *rx_now, const std::uint8_t *tx_now, std::size_t size) const;

    Make make_;
    std::optional<tls::HandshakeEngine> engine_;
    std::optional<Error> failure_;
    std::deque<std::vector<std::byte>> sent_; ///< libngtcp2 does not say that it copies
    tls::KtlsCipher cipher_{};
    bool knows_parameters_ = false;
    int parameters_error_ = 0; ///< of libngtcp2
};

} // namespace rpctls::test
