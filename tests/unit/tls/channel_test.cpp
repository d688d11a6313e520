// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/channel.hpp"

#include "tests/unit/tls/raw_peer.hpp"
#include "tests/unit/tls/session_fixture.hpp"
#include "tests/unit/tls/tcp_pair.hpp"

#include <linux/tls.h>
#include <netinet/tcp.h>
#include <poll.h>

using namespace rpctls;
using namespace rpctls::test;
using namespace rpctls::tls;

namespace {

/// With the kernel's records where it has TLS, and without them everywhere.
constexpr KtlsUse both_ways[] = {KtlsUse::never, KtlsUse::if_possible};

bool kernel_has_tls() {
    const Sockets sockets = tcp_pair();
    return ::setsockopt(sockets.client.get(), IPPROTO_TCP, TCP_ULP, "tls", 4) == 0;
}

void wait_for(int fd, short events = POLLIN) {
    pollfd ready{fd, events, 0};
    ::poll(&ready, 1, 1000);
}

/// Our channel at one end of a TCP connection, a peer of bare GnuTLS at the other, after the handshake.
struct Ends {
    struct Options {
        KtlsUse use = KtlsUse::never;
        bool we_are_client = true;
        bool insist = false; ///< the peer insists on a client certificate
        std::string priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3";
    };

    explicit Ends(Options options)
        : peer(peer_transport, {.is_client = !options.we_are_client,
                                .priority = options.priority,
                                .alpn = {"sunrpc"},
                                .own = options.we_are_client ? &pki.server : nullptr}) {
        auto socket = std::make_unique<ChannelSocket>(std::move(sockets.client));
        const int fd = socket->fd();
        auto session =
            options.we_are_client
                ? Session::client({.credentials = pki.trust(), .server_name = "nfs1.example"}, *socket)
                : Session::server({.credentials = pki.server_credentials()}, *socket);
        if (options.insist)
            gnutls_certificate_server_set_request(peer.handle(), GNUTLS_CERT_REQUIRE);
        bool done = false;
        int code = GNUTLS_E_AGAIN;
        for (int round = 0; round < 1000 && !(done && (code == 0 || options.insist)); ++round) {
            code = code == 0 ? 0 : peer.shake();
            done = *session->handshake() == Session::Progress::done;
            pollfd ready[] = {{fd, POLLIN, 0}, {sockets.server.get(), POLLIN, 0}};
            ::poll(ready, 2, 10);
        }
        BOOST_TEST_REQUIRE(done);
        auto adopted = Channel::adopt(std::move(socket), std::move(*session), options.use);
        BOOST_TEST_REQUIRE(adopted.has_value());
        channel.emplace(std::move(*adopted));
        BOOST_TEST(channel->protected_by_kernel() ==
                   (options.use == KtlsUse::if_possible && kernel_has_tls()));
    }

    /// What our end receives next: its text, "nothing", "(end)" or the name of the error.
    std::string hear(std::size_t room_size = 65536) {
        std::vector<std::byte> room(room_size);
        for (int tries = 0; tries < 20; ++tries) {
            const auto got = channel->receive(room);
            if (!got)
                return got.error().name;
            if (*got)
                return **got == 0 ? "(end)" : std::string(as_text(std::span(room).first(**got)));
            BOOST_TEST(channel->pending() == 0u);
            if (tries < 19)
                wait_for(channel->fd());
        }
        return "nothing";
    }

    void peer_says(std::string_view text) {
        BOOST_TEST(gnutls_record_send(peer.handle(), text.data(), text.size()) ==
                   static_cast<ssize_t>(text.size()));
    }

    std::string peer_hears(std::size_t size) {
        std::string heard(size, '\0');
        std::size_t count = 0;
        while (count < size) {
            wait_for(sockets.server.get());
            const ssize_t got = gnutls_record_recv(peer.handle(), heard.data() + count, size - count);
            if (got == GNUTLS_E_FATAL_ALERT_RECEIVED)
                return "alert " + std::to_string(gnutls_alert_get(peer.handle()));
            if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_REHANDSHAKE)
                continue;
            if (got < 0)
                return gnutls_strerror_name(static_cast<int>(got));
            if (got == 0)
                return "(end)";
            count += static_cast<std::size_t>(got);
        }
        return heard;
    }

    Pki pki;
    Sockets sockets = tcp_pair();
    SocketTransport peer_transport{sockets.server.get()};
    RawPeer peer;
    std::optional<Channel> channel;
};

/// KeyUpdates that arrive at a peer.
void count_key_updates(gnutls_session_t peer, unsigned &count) {
    static unsigned *counter = nullptr;
    counter = &count;
    gnutls_handshake_set_hook_function(
        peer, GNUTLS_HANDSHAKE_KEY_UPDATE, GNUTLS_HOOK_PRE,
        [](gnutls_session_t, unsigned, unsigned, unsigned incoming, const gnutls_datum_t *) {
            *counter += incoming;
            return 0;
        });
}

std::string patterned(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_channel)

BOOST_AUTO_TEST_CASE(what_one_end_sends_in_pieces_the_other_receives_in_order_for_every_cipher) {
    for (const KtlsUse use : both_ways)
        for (const auto *cipher : {"AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305"}) {
            Ends ends({.use = use,
                       .priority = std::string("NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+") + cipher});
            const std::string large = patterned(50000);
            const std::span<const std::byte> pieces[] = {
                as_bytes("mark"), {}, as_bytes(large), as_bytes("tail")};
            const auto sent = ends.channel->send(pieces);
            BOOST_TEST_REQUIRE((sent && *sent && **sent == 50008));
            BOOST_TEST(ends.peer_hears(50008) == "mark" + large + "tail");
            ends.peer_says("a reply");
            BOOST_TEST(ends.hear() == "a reply");
            BOOST_TEST(ends.channel->channel_binding().size() == 32u);
            BOOST_TEST(ends.channel->facts().peer_authenticated);
        }
}

BOOST_AUTO_TEST_CASE(R_5_1_1_7_the_borders_of_TLS_records_mean_nothing) {
    for (const KtlsUse use : both_ways) {
        Ends ends({.use = use});
        for (const char octet : std::string("one octet per record"))
            ends.peer_says(std::string_view(&octet, 1));
        std::string heard;
        while (heard.size() < 20)
            heard += ends.hear(3);
        BOOST_TEST(heard == "one octet per record");
        ends.peer_says("a long record");
        BOOST_TEST(ends.hear(6) == "a long");
        BOOST_TEST(ends.hear(1) == " ");
        BOOST_TEST(ends.hear() == "record");
    }
}

BOOST_AUTO_TEST_CASE(a_connection_that_takes_no_more_goes_on_where_it_stopped) {
    for (const KtlsUse use : both_ways) {
        Ends ends({.use = use});
        const std::string text = patterned(16 << 20);
        std::string heard;
        std::size_t taken = 0;
        bool stopped = false;
        while (heard.size() < text.size()) {
            // A small piece before the rest, so that records are put together anew each time.
            const auto rest = as_bytes(std::string_view(text).substr(taken));
            const std::size_t head = std::min<std::size_t>(rest.size(), 100);
            const std::span<const std::byte> pieces[] = {rest.first(head), rest.subspan(head)};
            const auto sent = ends.channel->send(pieces);
            BOOST_TEST_REQUIRE(sent.has_value());
            taken += sent->value_or(0);
            stopped = stopped || sent->value_or(0) < rest.size();
            char room[1 << 16];
            for (ssize_t got = 1; got > 0;) {
                got = gnutls_record_recv(ends.peer.handle(), room, sizeof room);
                if (got > 0)
                    heard.append(room, static_cast<std::size_t>(got));
            }
        }
        BOOST_TEST(stopped);
        BOOST_TEST(taken == text.size());
        BOOST_TEST((heard == text));
    }
}

BOOST_AUTO_TEST_CASE(R_5_1_1_10_every_way_out_says_close_notify_before_the_connection_ends) {
    for (const KtlsUse use : both_ways) {
        Ends closing({.use = use});
        closing.channel->close();
        BOOST_TEST(closing.peer_hears(1) == "(end)");
        BOOST_TEST(closing.channel->send(as_bytes("more")).error().name == "session-closed");
        closing.peer_says("last words");
        BOOST_TEST(closing.hear() == "last words");

        Ends destroyed({.use = use});
        destroyed.channel.reset();
        BOOST_TEST(destroyed.peer_hears(1) == "(end)");

        Ends replaced({.use = use});
        replaced.channel.emplace(std::move(*Ends({.use = use}).channel));
        BOOST_TEST(replaced.peer_hears(1) == "(end)");
    }
}

BOOST_AUTO_TEST_CASE(the_peer_s_close_notify_is_the_end_and_stays_it) {
    for (const KtlsUse use : both_ways) {
        Ends ends({.use = use});
        ends.peer_says("last words");
        gnutls_bye(ends.peer.handle(), GNUTLS_SHUT_WR);
        BOOST_TEST(ends.hear() == "last words");
        BOOST_TEST(ends.hear() == "(end)");
        BOOST_TEST(ends.hear() == "(end)");
        BOOST_TEST((*ends.channel->send(as_bytes("a call")) == 6u));
        BOOST_TEST(ends.peer_hears(6) == "a call");
    }
}

BOOST_AUTO_TEST_CASE(R_5_1_1_11_an_end_without_close_notify_is_truncation) {
    for (const KtlsUse use : both_ways) {
        Ends ends({.use = use});
        ends.peer_says("first");
        ends.sockets.server.reset();
        BOOST_TEST(ends.hear() == "first");
        BOOST_TEST(ends.hear() == "session-truncated");
        BOOST_TEST(ends.hear() == "session-truncated");
    }
}

BOOST_AUTO_TEST_CASE(an_alert_is_the_error_that_a_session_makes_of_it) {
    for (const KtlsUse use : both_ways) {
        Ends ends({.use = use});
        gnutls_alert_send(ends.peer.handle(), GNUTLS_AL_FATAL, GNUTLS_A_INTERNAL_ERROR);
        BOOST_TEST(ends.hear(1) == "peer-alert");
    }
}

BOOST_AUTO_TEST_CASE(R_4_2_5_the_late_verdict_on_a_client_s_certificate_is_received_as_such) {
    for (const KtlsUse use : both_ways) {
        Ends ends({.use = use, .insist = true});
        int code = GNUTLS_E_AGAIN;
        while (code == GNUTLS_E_AGAIN) {
            wait_for(ends.sockets.server.get());
            code = ends.peer.shake();
        }
        BOOST_TEST(code == GNUTLS_E_CERTIFICATE_REQUIRED);
        BOOST_TEST(ends.hear() == "client-certificate-required");
    }
}

BOOST_AUTO_TEST_CASE(R_5_13_a_KeyUpdate_is_followed_or_ends_the_session_in_order) {
    for (const KtlsUse use : both_ways) {
        Ends ends({.use = use});
        BOOST_TEST(gnutls_session_key_update(ends.peer.handle(), GNUTLS_KU_PEER) == 0);
        ends.peer_says("with new keys");
        if (ends.channel->protected_by_kernel()) {
            BOOST_TEST(ends.hear() == "key-update-unsupported");
            BOOST_TEST(ends.channel->send(as_bytes("more")).error().name == "key-update-unsupported");
            BOOST_TEST(ends.peer_hears(1) == "(end)");
        } else {
            BOOST_TEST(ends.hear() == "with new keys");
            BOOST_TEST((*ends.channel->send(as_bytes("a call")) == 6u));
            BOOST_TEST(ends.peer_hears(6) == "a call");
        }
    }
}

BOOST_AUTO_TEST_CASE(
    keys_change_on_request_and_by_themselves_and_where_the_kernel_has_them_the_session_ends) {
    for (const KtlsUse use : both_ways) {
        Ends ends({.use = use});
        unsigned updates = 0;
        count_key_updates(ends.peer.handle(), updates);
        const auto say = [&](std::string_view text) {
            const auto sent = ends.channel->send(as_bytes(text));
            return sent ? ends.peer_hears(text.size()) : sent.error().name;
        };
        const Status asked = ends.channel->update_keys(true);
        if (ends.channel->protected_by_kernel()) {
            BOOST_TEST(asked.error().name == "key-update-unsupported");
            ends.channel->limit_records_of_a_key(2);
            BOOST_TEST(say("one") == "one");
            BOOST_TEST(!ends.channel->is_worn());
            for (const std::string text : {"two", "three", "four"}) {
                BOOST_TEST(say(text) == text);
                BOOST_TEST(ends.channel->is_worn());
            }
            BOOST_TEST(say("five") == "key-worn");
            BOOST_TEST(ends.peer_hears(1) == "(end)");
            continue;
        }
        BOOST_TEST(asked.has_value());
        BOOST_TEST(updates == 0u);
        BOOST_TEST(say("with new keys") == "with new keys");
        BOOST_TEST(updates == 1u);
        ends.peer_says("and so does the peer"); // GnuTLS answers the request with a KeyUpdate of its own
        BOOST_TEST(ends.hear() == "and so does the peer");
        ends.channel->limit_records_of_a_key(3);
        for (int i = 0; i < 9; ++i)
            BOOST_TEST(say("again") == "again");
        BOOST_TEST(updates == 4u);
        BOOST_TEST(!ends.channel->is_worn());
        const std::string large = patterned(100000);
        BOOST_TEST((say(large) == large));
        BOOST_TEST(updates == 6u);
    }
}

BOOST_AUTO_TEST_CASE(R_5_1_1_6_octets_in_clear_within_a_session_end_it_with_an_alert) {
    for (const KtlsUse use : both_ways) {
        Ends ends({.use = use});
        const auto record = as_bytes(std::string_view("\x80\0\0\x04 abcdefgh", 13));
        BOOST_TEST(::send(ends.sockets.server.get(), record.data(), record.size(), 0) == 13);
        const std::string heard = ends.hear();
        BOOST_TEST((heard == "session-failed" || heard == "tls-version"), heard);
        BOOST_TEST(ends.channel->send(as_bytes("more")).error().name == heard);
        BOOST_TEST(ends.peer_hears(1).starts_with("alert "));
    }
}

BOOST_AUTO_TEST_CASE(a_server_s_channel_is_one_as_well) {
    for (const KtlsUse use : both_ways) {
        Ends ends({.use = use, .we_are_client = false});
        ends.peer_says("a call");
        BOOST_TEST(ends.hear() == "a call");
        BOOST_TEST((*ends.channel->send(as_bytes("a reply")) == 7u));
        BOOST_TEST(ends.peer_hears(7) == "a reply");
    }
}

BOOST_AUTO_TEST_CASE(kTLS_that_is_required_is_had_or_refused_by_name) {
    const Pki pki;
    Pair unfinished({.credentials = pki.trust(), .server_name = "nfs1.example"},
                    {.credentials = pki.server_credentials()});
    Sockets sockets = tcp_pair();
    Sockets others = tcp_pair();
    BOOST_TEST(Channel::adopt(std::make_unique<ChannelSocket>(std::move(others.client)),
                              std::move(unfinished.client), KtlsUse::never)
                   .error()
                   .name == "argument-invalid");
    Pair pair({.credentials = pki.trust(), .server_name = "nfs1.example"},
              {.credentials = pki.server_credentials()});
    pair.shake();
    auto adopted = Channel::adopt(std::make_unique<ChannelSocket>(std::move(sockets.server)),
                                  std::move(pair.client), KtlsUse::required);
    BOOST_TEST((adopted ? "done" : adopted.error().name) == (kernel_has_tls() ? "done" : "ktls-unavailable"));
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_is_somebody_else_s_stays_open) {
    Ends ends({});
    const Fd fd(ends.channel->fd());
    ends.channel->keep_open(true);
    ends.channel.reset();
    BOOST_TEST(ends.peer_hears(1) == "(end)");
    char room[1];
    BOOST_TEST(::recv(fd.get(), room, 1, MSG_DONTWAIT) == -1);
    BOOST_TEST(errno == EAGAIN);
}

BOOST_AUTO_TEST_SUITE_END()
