// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/engine/handshake_engine.hpp"
#include "rpc/tls/engine/record_protection.hpp"
#include "rpc/tls/transport.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rpctls::test {

/// A TLS 1.3 end made of an engine and of records sealed and opened under its secrets: nothing of GnuTLS' record layer.
/// What a program does that carries an engine's messages over TCP itself.
class EngineOverRecords {
public:
    EngineOverRecords(tls::HandshakeEngine with, tls::Transport &transport)
        : engine(std::move(with)), transport_(transport) {}

    /// Reads what is there and acts on it. Whether anything moved.
    bool turn();
    void say(std::string_view text);
    void say_early(std::string_view text); ///< a client's, before turn()
    void update_keys(bool request_peer);
    void close(); ///< close_notify

    tls::HandshakeEngine engine;
    std::string word = "unfinished"; ///< then "connected", or the name of an error
    std::optional<Error> error;
    std::string heard;
    std::string heard_early;
    bool peer_closed = false; ///< with close_notify
    unsigned plaintext_records = 0;
    unsigned passed_over = 0;         ///< records of early data that was rejected
    unsigned tickets_and_updates = 0; ///< handshake records after the handshake

private:
    struct Protected {
        tls::RecordProtection protection;
        std::uint64_t sequence = 0;
    };

    void note(const Status &status);
    void act();
    void write(tls::Level level, tls::ContentType type, std::span<const std::byte> octets);
    void read_record(std::span<std::byte> record);
    void read_clear(std::span<const std::byte> record);
    void read_alert(std::span<const std::byte> octets);

    tls::Transport &transport_;
    std::vector<std::byte> incoming_;
    std::vector<std::byte> outgoing_;
    std::map<tls::Level, Protected> sealing_;
    std::optional<Protected> opening_;
    tls::Level reading_ = tls::Level::initial;
};

} // namespace rpctls::test
