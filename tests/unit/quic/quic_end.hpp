// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ngtcp2/ngtcp2.h>

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace rpctls::test {

using Packet = std::vector<std::byte>;

/// One end of a QUIC connection in memory: packets, streams and loss are libngtcp2's, the handshake that of whoever
/// derives from it.
class QuicEnd {
public:
    virtual ~QuicEnd();
    QuicEnd(const QuicEnd &) = delete;
    QuicEnd &operator=(const QuicEnd &) = delete;

    /// A server opens its connection with the first packet.
    void receive(const Packet &packet);
    /// What is to be sent now.
    std::deque<Packet> packets();
    bool is_connected() const { return conn_ != nullptr && ngtcp2_conn_get_handshake_completed(conn_) != 0; }
    bool is_confirmed() const { return confirmed_; }
    /// On the client's first stream; a server answers on it.
    void say(std::string_view text);
    /// QUIC's own, in place of TLS' KeyUpdate.
    int update_keys();

    const std::string &heard() const { return heard_; }
    int error() const { return error_; } ///< of libngtcp2
    unsigned alert() const { return conn_ != nullptr ? ngtcp2_conn_get_tls_alert(conn_) : 0; }

protected:
    explicit QuicEnd(bool is_client) : is_client_(is_client) {}
    void open_client();
    /// Between creating the connection and its first packet: whatever the handshake needs.
    virtual void prepare() = 0;
    /// The callbacks of the handshake and of the packets' protection.
    virtual void fill_in(ngtcp2_callbacks &callbacks) = 0;

    bool is_client_;
    ngtcp2_conn *conn_ = nullptr;

private:
    void open(const ngtcp2_pkt_hd *first);

    std::string heard_;
    std::string unsaid_;
    std::deque<std::string> said_; ///< libngtcp2 keeps none of it until the peer has it
    std::int64_t stream_ = -1;
    bool confirmed_ = false;
    int error_ = 0;
};

/// Fills `octets` with what nobody foresees.
void fill_random(std::uint8_t *octets, std::size_t size);

} // namespace rpctls::test
