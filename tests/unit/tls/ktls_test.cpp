// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/ktls.hpp"

#include "rpc/base/fd.hpp"
#include "rpc/tls/gnutls_handles.hpp"
#include "rpc/tls/ktls_crypto.hpp"
#include "tests/unit/tls/raw_peer.hpp"
#include "tests/unit/tls/session_fixture.hpp"
#include "tests/unit/tls/tcp_pair.hpp"

#include <linux/tls.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>

using namespace rpctls;
using namespace rpctls::test;
using namespace rpctls::tls;

namespace {

TrafficKeys numbered_keys(KtlsCipher cipher, std::size_t size) {
    TrafficKeys keys{.cipher = cipher, .key = Secret(size)};
    for (std::size_t i = 0; i < size; ++i)
        keys.key.bytes()[i] = static_cast<std::byte>(0x40 + i);
    for (std::size_t i = 0; i < keys.iv.size(); ++i)
        keys.iv[i] = static_cast<std::byte>(0xa0 + i);
    keys.sequence = {std::byte{0}, std::byte{1}, std::byte{2}, std::byte{3},
                     std::byte{4}, std::byte{5}, std::byte{6}, std::byte{7}};
    return keys;
}

std::string octets(const Secret &secret) {
    return hex(secret.bytes());
}

/// One TLS 1.3 record (RFC 8446 5.2) sealed by hand with a session's sending keys.
std::string seal(const TrafficKeys &keys, std::string_view text) {
    const std::string inner = std::string(text) + '\x17';
    const std::size_t length = inner.size() + 16;
    const std::string header{'\x17', '\x03', '\x03', static_cast<char>(length >> 8),
                             static_cast<char>(length)};
    auto nonce = keys.iv;
    for (std::size_t i = 0; i < keys.sequence.size(); ++i)
        nonce[4 + i] ^= keys.sequence[i];
    gnutls_aead_cipher_hd_t cipher;
    const gnutls_datum_t key = borrow(keys.key.bytes());
    const auto algorithm = keys.cipher == KtlsCipher::chacha20_poly1305 ? GNUTLS_CIPHER_CHACHA20_POLY1305
                           : keys.cipher == KtlsCipher::aes_128_gcm     ? GNUTLS_CIPHER_AES_128_GCM
                                                                        : GNUTLS_CIPHER_AES_256_GCM;
    BOOST_TEST_REQUIRE(gnutls_aead_cipher_init(&cipher, algorithm, &key) == 0);
    std::string sealed(length, '\0');
    std::size_t size = sealed.size();
    BOOST_TEST_REQUIRE(gnutls_aead_cipher_encrypt(cipher, nonce.data(), nonce.size(), header.data(),
                                                  header.size(), 16, inner.data(), inner.size(),
                                                  sealed.data(), &size) == 0);
    gnutls_aead_cipher_deinit(cipher);
    return header + sealed;
}

Pair anonymous_pair(const Pki &pki) {
    return Pair({.credentials = pki.trust(), .server_name = "nfs1.example"},
                {.credentials = pki.server_credentials()});
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_ktls)

BOOST_AUTO_TEST_CASE(the_kernel_s_structures_hold_each_field_where_it_looks_for_it) {
    const std::string key16 = "404142434445464748494a4b4c4d4e4f";
    const std::string key32 = key16 + "505152535455565758595a5b5c5d5e5f";
    const std::string salt = "a0a1a2a3", iv = "a4a5a6a7a8a9aaab", sequence = "0001020304050607";
    const auto value = [](KtlsCipher cipher, std::size_t size) {
        return octets(*kernel_crypto_info(numbered_keys(cipher, size)));
    };
    // version 0x0304 and the cipher's number, both in this machine's byte order
    const auto head = [](unsigned short cipher) {
        const unsigned short words[] = {0x0304, cipher};
        return hex(std::as_bytes(std::span(words)));
    };
    BOOST_TEST(value(KtlsCipher::aes_128_gcm, 16) == head(51) + iv + key16 + salt + sequence);
    BOOST_TEST(value(KtlsCipher::aes_256_gcm, 32) == head(52) + iv + key32 + salt + sequence);
    BOOST_TEST(value(KtlsCipher::chacha20_poly1305, 32) == head(54) + salt + iv + key32 + sequence);
}

BOOST_AUTO_TEST_CASE(a_key_of_another_length_is_refused) {
    BOOST_TEST(kernel_crypto_info(numbered_keys(KtlsCipher::aes_256_gcm, 16)).error().name == "ktls-failed");
}

BOOST_AUTO_TEST_CASE(a_record_sealed_by_hand_with_a_session_s_keys_is_read_by_its_peer) {
    const Pki pki;
    Pair pair = anonymous_pair(pki);
    BOOST_TEST(!pair.client.traffic_keys(Direction::transmit).has_value());
    pair.shake();
    const auto put = [&](const TrafficKeys &keys, std::string_view text) {
        for (const char octet : seal(keys, text))
            pair.connection.to_server->octets.push_back(static_cast<std::byte>(octet));
        std::string heard;
        Pair::hear(pair.server, pair.server_outcome, &heard);
        return heard;
    };
    BOOST_TEST(put(*pair.client.traffic_keys(Direction::transmit), "first") == "first");
    // The reading end now expects record 1, and says so.
    const auto expected = pair.server.traffic_keys(Direction::receive);
    BOOST_TEST(std::to_integer<int>(expected->sequence[7]) == 1);
    BOOST_TEST(put(*expected, "second") == "second");
}

BOOST_AUTO_TEST_CASE(what_one_end_sends_with_the_other_receives_with) {
    const Pki pki;
    Pair pair = anonymous_pair(pki);
    pair.shake();
    const auto sending = pair.server.traffic_keys(Direction::transmit);
    const auto receiving = pair.client.traffic_keys(Direction::receive);
    BOOST_TEST(sending->key.equals(receiving->key.bytes()));
    BOOST_TEST((sending->iv == receiving->iv));
    BOOST_TEST((sending->sequence == receiving->sequence));
    BOOST_TEST(!sending->key.equals(pair.client.traffic_keys(Direction::transmit)->key.bytes()));
}

BOOST_AUTO_TEST_CASE(a_session_on_TCP_goes_on_in_the_kernel_or_the_error_says_what_the_kernel_lacks) {
    const Pki pki;
    const Sockets sockets = tcp_pair();
    SocketTransport client_transport(sockets.client.get());
    SocketTransport server_transport(sockets.server.get());
    auto client = Session::client(
        {.credentials = pki.identity(), .server_name = "nfs1.example", .present_identity = true},
        client_transport);
    auto server = Session::server({.credentials = pki.server_credentials()}, server_transport);
    bool client_done = false, server_done = false;
    for (int round = 0; round < 1000 && !(client_done && server_done); ++round) {
        client_done = *client->handshake() == Session::Progress::done;
        server_done = *server->handshake() == Session::Progress::done;
        pollfd ready[] = {{sockets.client.get(), POLLIN, 0}, {sockets.server.get(), POLLIN, 0}};
        ::poll(ready, 2, 10);
    }
    BOOST_TEST_REQUIRE((client_done && server_done));
    // One end is attached long before it has keys, as the agent does it for programs.
    const Status attached = attach_ktls(sockets.client.get());
    BOOST_TEST(ktls_engaged(sockets.client.get()).error().name == "ktls-failed");
    const Status primed = prime_ktls(sockets.client.get(), *client);
    BOOST_TEST(attached.has_value() == primed.has_value());
    if (!primed) {
        BOOST_TEST(attached.error().name == "ktls-unavailable");
        BOOST_TEST(primed.error().name == "ktls-unavailable", summary(primed.error()));
        BOOST_TEST(primed.error().hint.starts_with("modprobe tls"));
        return;
    }
    BOOST_TEST_REQUIRE(prime_ktls(sockets.server.get(), *server).has_value());
    BOOST_TEST(ktls_engaged(sockets.client.get()).has_value());
    BOOST_TEST(ktls_engaged(sockets.server.get()).has_value());
    BOOST_TEST(prime_ktls(sockets.server.get(), *server).error().name == "ktls-failed");
    char room[16] = {};
    BOOST_TEST(::send(sockets.client.get(), "a call", 6, 0) == 6);
    BOOST_TEST(::recv(sockets.server.get(), room, sizeof room, 0) == 6);
    BOOST_TEST(std::string_view(room, 6) == "a call");
    BOOST_TEST(::send(sockets.server.get(), "a reply", 7, 0) == 7);
    BOOST_TEST(::recv(sockets.client.get(), room, sizeof room, 0) == 7);
}

namespace {

/// Our server against a client of bare GnuTLS, over TCP, until both are done.
struct OverTcp {
    explicit OverTcp(RawPeer::Options options)
        : peer(peer_transport, as_client(std::move(options))),
          server(*Session::server({.credentials = pki.server_credentials()}, own_transport)) {
        bool server_done = false;
        int code = GNUTLS_E_AGAIN;
        for (int round = 0; round < 1000 && !(server_done && code == 0); ++round) {
            code = code == 0 ? 0 : peer.shake();
            server_done = *server.handshake() == Session::Progress::done;
            pollfd ready[] = {{sockets.client.get(), POLLIN, 0}, {sockets.server.get(), POLLIN, 0}};
            ::poll(ready, 2, 10);
        }
        BOOST_TEST_REQUIRE((server_done && code == 0));
    }

    static RawPeer::Options as_client(RawPeer::Options options) {
        options.is_client = true;
        return options;
    }

    /// The octets of the next record.
    ssize_t hear(std::span<char> room) {
        pollfd ready{sockets.client.get(), POLLIN, 0};
        ::poll(&ready, 1, 1000);
        return gnutls_record_recv(peer.handle(), room.data(), room.size());
    }

    Pki pki;
    Sockets sockets = tcp_pair();
    SocketTransport peer_transport{sockets.client.get()};
    SocketTransport own_transport{sockets.server.get()};
    RawPeer peer;
    Session server;
};

} // namespace

BOOST_AUTO_TEST_CASE(each_cipher_goes_on_in_the_kernel_and_a_peer_in_user_space_notices_nothing) {
    for (const auto *cipher : {"AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305"}) {
        OverTcp ends({.priority = std::string("NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+") + cipher});
        if (const Status primed = prime_ktls(ends.sockets.server.get(), ends.server); !primed) {
            BOOST_TEST(primed.error().name == "ktls-unavailable", summary(primed.error()));
            continue;
        }
        char room[16] = {};
        BOOST_TEST(gnutls_record_send(ends.peer.handle(), "a call", 6) == 6);
        BOOST_TEST(::recv(ends.sockets.server.get(), room, sizeof room, 0) == 6);
        BOOST_TEST(::send(ends.sockets.server.get(), "a reply", 7, 0) == 7);
        BOOST_TEST(ends.hear(room) == 7);
        BOOST_TEST(std::string_view(room, 7) == "a reply");
    }
}

BOOST_AUTO_TEST_CASE(a_peer_that_takes_short_records_gets_such_from_the_kernel_or_no_session) {
    OverTcp ends({.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3", .largest_record = 512});
    if (const Status primed = prime_ktls(ends.sockets.server.get(), ends.server); !primed) {
        BOOST_TEST((primed.error().name == "ktls-unavailable" || primed.error().name == "ktls-record-size"),
                   summary(primed.error()));
        return;
    }
    const std::string reply(2000, 'r');
    BOOST_TEST(::send(ends.sockets.server.get(), reply.data(), reply.size(), 0) == 2000);
    std::size_t heard = 0;
    char room[4096];
    while (heard < reply.size()) {
        const ssize_t count = ends.hear(room);
        BOOST_TEST_REQUIRE(count > 0);
        BOOST_TEST(count <= 512);
        heard += static_cast<std::size_t>(count);
    }
}

BOOST_AUTO_TEST_CASE(a_socket_that_is_not_TCP_and_an_unfinished_session_are_refused) {
    const Pki pki;
    Pair pair = anonymous_pair(pki);
    BOOST_TEST(prime_ktls(-1, pair.client).error().name == "ktls-failed");
    pair.shake();
    int fds[2];
    BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    const Fd one(fds[0]), other(fds[1]);
    BOOST_TEST(prime_ktls(one.get(), pair.client).error().name == "ktls-failed");
}

BOOST_AUTO_TEST_SUITE_END()
