// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/quic/quic_end.hpp"

#include "rpc/base/text.hpp"

#include <gnutls/crypto.h>
#include <netinet/in.h>

#include <chrono>
#include <cstdlib>
#include <utility>

namespace rpctls::test {

namespace {

ngtcp2_tstamp now() {
    return static_cast<ngtcp2_tstamp>(std::chrono::steady_clock::now().time_since_epoch().count());
}

/// Both ends are at the same place: nothing is sent by these addresses.
ngtcp2_path nowhere() {
    static sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {}, .sin_zero = {}};
    const ngtcp2_addr end{reinterpret_cast<ngtcp2_sockaddr *>(&address), sizeof address};
    return {end, end, nullptr};
}

void random_octets(std::uint8_t *octets, std::size_t size, const ngtcp2_rand_ctx *) {
    fill_random(octets, size);
}

int new_connection_id(ngtcp2_conn *, ngtcp2_cid *id, std::uint8_t *token, std::size_t size, void *) {
    fill_random(id->data, size);
    id->datalen = size;
    fill_random(token, NGTCP2_STATELESS_RESET_TOKENLEN);
    return 0;
}

int path_challenge(ngtcp2_conn *, std::uint8_t *octets, void *) {
    fill_random(octets, NGTCP2_PATH_CHALLENGE_DATALEN);
    return 0;
}

ngtcp2_cid random_id() {
    ngtcp2_cid id{};
    id.datalen = 16;
    fill_random(id.data, id.datalen);
    return id;
}

} // namespace

void fill_random(std::uint8_t *octets, std::size_t size) {
    if (gnutls_rnd(GNUTLS_RND_NONCE, octets, size) < 0)
        std::abort();
}

QuicEnd::~QuicEnd() {
    ngtcp2_conn_del(conn_);
}

void QuicEnd::open(const ngtcp2_pkt_hd *first) {
    ngtcp2_callbacks callbacks{};
    callbacks.rand = random_octets;
    callbacks.get_new_connection_id = new_connection_id;
    callbacks.get_path_challenge_data = path_challenge;
    callbacks.recv_stream_data = [](ngtcp2_conn *, std::uint32_t, std::int64_t stream, std::uint64_t,
                                    const std::uint8_t *data, std::size_t size, void *self, void *) {
        auto &end = *static_cast<QuicEnd *>(self);
        end.stream_ = stream;
        end.heard_ += as_text(std::as_bytes(std::span(data, size)));
        return 0;
    };
    callbacks.handshake_confirmed = [](ngtcp2_conn *, void *self) {
        static_cast<QuicEnd *>(self)->confirmed_ = true;
        return 0;
    };
    fill_in(callbacks);
    ngtcp2_settings settings;
    ngtcp2_settings_default(&settings);
    settings.initial_ts = now();
    ngtcp2_transport_params params;
    ngtcp2_transport_params_default(&params);
    params.initial_max_streams_bidi = 4;
    params.initial_max_data = params.initial_max_stream_data_bidi_local =
        params.initial_max_stream_data_bidi_remote = 65536;
    const ngtcp2_path path = nowhere();
    const ngtcp2_cid own = random_id();
    if (first == nullptr) {
        const ngtcp2_cid theirs = random_id();
        error_ = ngtcp2_conn_client_new(&conn_, &theirs, &own, &path, NGTCP2_PROTO_VER_V1, &callbacks,
                                        &settings, &params, nullptr, this);
    } else {
        params.original_dcid = first->dcid;
        params.initial_scid = own; // libngtcp2 sets it itself, but later than the engine asks
        error_ = ngtcp2_conn_server_new(&conn_, &first->scid, &own, &path, first->version, &callbacks,
                                        &settings, &params, nullptr, this);
    }
    if (error_ == 0)
        prepare();
}

void QuicEnd::open_client() {
    open(nullptr);
}

void QuicEnd::receive(const Packet &packet) {
    const auto *octets = reinterpret_cast<const std::uint8_t *>(packet.data());
    if (conn_ == nullptr) {
        ngtcp2_pkt_hd first;
        error_ = ngtcp2_accept(&first, octets, packet.size());
        if (error_ != 0)
            return;
        open(&first);
    }
    const ngtcp2_path path = nowhere();
    const ngtcp2_pkt_info info{};
    if (error_ == 0)
        error_ = ngtcp2_conn_read_pkt(conn_, &path, &info, octets, packet.size(), now());
}

std::deque<Packet> QuicEnd::packets() {
    std::deque<Packet> sent;
    while (conn_ != nullptr && error_ == 0 && sent.size() < 100) {
        Packet packet(1400);
        ngtcp2_pkt_info info{};
        ngtcp2_ssize taken = -1;
        const bool talking = stream_ >= 0 && !unsaid_.empty();
        ngtcp2_vec data{reinterpret_cast<std::uint8_t *>(unsaid_.data()), unsaid_.size()};
        const ngtcp2_ssize size = ngtcp2_conn_writev_stream(
            conn_, nullptr, &info, reinterpret_cast<std::uint8_t *>(packet.data()), packet.size(), &taken,
            NGTCP2_WRITE_STREAM_FLAG_NONE, talking ? stream_ : -1, &data, talking ? 1 : 0, now());
        if (size < 0)
            error_ = static_cast<int>(size);
        if (size <= 0)
            break;
        if (taken > 0)
            said_.push_back(std::exchange(unsaid_, {}));
        packet.resize(static_cast<std::size_t>(size));
        sent.push_back(std::move(packet));
    }
    return sent;
}

void QuicEnd::say(std::string_view text) {
    if (is_client_ && stream_ < 0)
        error_ = ngtcp2_conn_open_bidi_stream(conn_, &stream_, nullptr);
    unsaid_ += text;
}

int QuicEnd::update_keys() {
    return ngtcp2_conn_initiate_key_update(conn_, now());
}

} // namespace rpctls::test
