// SPDX-License-Identifier: LGPL-2.1-or-later
// A CLIENT handle up to the end of its handshake: the client's rows of RFC 9289 4.1, 5.1.1 and 6.1.
#include "rpc/base/text.hpp"
#include "tests/unit/client/clnt_fixture.hpp"

#include <fcntl.h>

#include <algorithm>
#include <thread>

using namespace rpctls;
using namespace rpctls::test;

namespace {

struct Attempt {
    std::string outcome;
    std::vector<std::byte> probe; ///< the first record
    std::vector<std::byte> after; ///< all that came behind it, on every connection
    int connections = 0;
};

/// Tries to create a handle with a server that answers the probe with `rest` behind its xid and says no more.
Attempt answered_with(std::string_view rest, enum rpctls_policy policy = RPCTLS_POLICY_TLS,
                      std::string_view behind = "") {
    Attempt attempt;
    Witness witness;
    std::atomic<int> connections{0};
    {
        const ScriptedPeer peer([&](int fd) {
            ++connections;
            const auto call = read_octets(fd, probe_size);
            const auto more = octets(behind);
            const auto answer = answer_to(call, octets(rest));
            write_octets(fd, concatenated({answer, more}));
            ::shutdown(fd, SHUT_WR);
            witness.saw(call);
            witness.saw(read_to_end(fd));
        });
        const Params params = params_for(peer.port(), policy);
        rpctls_params_set_timeout(params.get(), 1000);
        const Client client = create(params.get());
        attempt.outcome = created(client);
        if (client)
            (void)call_null(client, 300);
    }
    const auto seen = witness.seen();
    attempt.probe = seen.at(0);
    for (std::size_t i = 1; i < seen.size(); ++i)
        attempt.after.insert(attempt.after.end(), seen[i].begin(), seen[i].end());
    attempt.connections = connections;
    return attempt;
}

bool is_client_hello(std::span<const std::byte> octets) {
    return hex(octets).starts_with("160301");
}

} // namespace

BOOST_AUTO_TEST_SUITE(clnt_probe)

BOOST_AUTO_TEST_CASE(
    R_4_1_3_R_4_1_4_R_4_1_5_the_probe_is_the_program_s_NULL_call_with_AUTH_TLS_word_for_word) {
    const auto attempt = answered_with(denied);
    BOOST_TEST_REQUIRE(attempt.probe.size() == probe_size);
    BOOST_TEST(hex(std::span(attempt.probe).first(4)) == "80000028");
    BOOST_TEST(hex(std::span(attempt.probe).subspan(8)) == "00000000"
                                                           "00000002"
                                                           "20000099"
                                                           "00000003"
                                                           "00000000"
                                                           "00000007"
                                                           "00000000"
                                                           "00000000"
                                                           "00000000");
}

BOOST_AUTO_TEST_CASE(
    R_4_1_9_R_4_1_10_a_ClientHello_follows_the_token_on_the_same_connection_whatever_the_accept_stat) {
    for (const char *rest :
         {"00000001 00000000 00000000 00000008 53544152 54544c53 00000000",
          "00000001 00000000 00000000 00000008 53544152 54544c53 00000001",
          "00000001 00000000 00000000 00000008 53544152 54544c53 00000002 00000001 00000002",
          "00000001 00000000 00000000 00000008 53544152 54544c53 00000005"}) {
        const auto attempt = answered_with(rest);
        BOOST_TEST(is_client_hello(attempt.after), rest);
        BOOST_TEST(attempt.connections == 1);
    }
}

BOOST_AUTO_TEST_CASE(R_4_1_12_nothing_follows_a_denial) {
    for (unsigned stat = 1; stat <= 14; ++stat) {
        const char digit[] = {"0123456789abcdef"[stat], '\0'};
        const auto attempt = answered_with(std::string("00000001 00000001 00000001 0000000") + digit);
        BOOST_TEST(attempt.outcome == auth_error("tls-refused"));
        BOOST_TEST(attempt.after.empty());
    }
    const auto attempt = answered_with("00000001 00000001 00000000 00000002 00000002");
    BOOST_TEST(attempt.outcome == auth_error("tls-refused"));
    BOOST_TEST(attempt.after.empty());
}

BOOST_AUTO_TEST_CASE(R_4_1_13_R_4_1_14_nothing_follows_a_verifier_that_is_not_the_token) {
    for (const char *rest : {"00000001 00000000 00000001 00000008 53544152 54544c53 00000000",
                             "00000001 00000000 00000007 00000008 53544152 54544c53 00000000",
                             "00000001 00000000 00000000 00000000 00000000",
                             "00000001 00000000 00000000 00000007 53544152 54544c00 00000000",
                             "00000001 00000000 00000000 00000009 53544152 54544c53 00000000 00000000",
                             "00000001 00000000 00000000 00000008 73746172 74746c73 00000000",
                             "00000001 00000000 00000000 0000000c 00000008 53544152 54544c53 00000000"}) {
        const auto attempt = answered_with(rest);
        BOOST_TEST(attempt.outcome == auth_error("tls-not-offered"), rest);
        BOOST_TEST(attempt.after.empty());
    }
}

BOOST_AUTO_TEST_CASE(R_4_1_15_R_6_1_1_1_after_a_negative_probe_policy_decides_between_the_clear_and_nothing) {
    for (const auto answer : {no_token, denied}) {
        const auto opportunistic = answered_with(answer, RPCTLS_POLICY_OPPORTUNISTIC);
        BOOST_TEST(opportunistic.outcome == "ok");
        BOOST_TEST(opportunistic.connections == 1);
        BOOST_TEST_REQUIRE(opportunistic.after.size() == 44u);
        BOOST_TEST(word(opportunistic.after, 7) == 0u); // AUTH_NONE: a call, no second probe
        for (const auto policy : {RPCTLS_POLICY_TLS, RPCTLS_POLICY_MTLS}) {
            const auto insisting = answered_with(answer, policy);
            BOOST_TEST(insisting.outcome.starts_with(std::to_string(RPC_AUTHERROR)));
            BOOST_TEST(insisting.after.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(R_4_1_16_an_end_or_silence_instead_of_an_answer_is_no_handle_whatever_the_policy) {
    std::atomic<int> connections{0};
    std::atomic<bool> silent{false};
    Witness witness;
    const ScriptedPeer peer([&](int fd) {
        ++connections;
        (void)read_octets(fd, probe_size);
        if (silent)
            witness.saw(read_to_end(fd));
    });
    const Params params = params_for(peer.port(), RPCTLS_POLICY_OPPORTUNISTIC);
    rpctls_params_set_timeout(params.get(), 400);
    BOOST_TEST(created(create(params.get())) == std::to_string(RPC_CANTRECV) + " probe-closed");
    silent = true;
    BOOST_TEST(created(create(params.get())) == std::to_string(RPC_TIMEDOUT) + " probe-timeout");
    BOOST_TEST(connections == 2);
}

BOOST_AUTO_TEST_CASE(
    R_4_1_17_R_4_1_18_a_failed_handshake_is_an_authentication_error_and_never_a_way_into_the_clear) {
    enum class Way { alert, reset, close, garbage, wrong_ca, wrong_name, silence };
    for (const Way way :
         {Way::alert, Way::reset, Way::close, Way::garbage, Way::wrong_ca, Way::wrong_name, Way::silence}) {
        std::atomic<int> connections{0};
        Witness witness;
        std::string outcome;
        {
            const ScriptedPeer peer([&](int fd) {
                ++connections;
                TlsPeer::offer(fd);
                const auto stranger = certify({.common_name = "stranger", .addresses = {"127.0.0.1"}});
                const auto misnamed =
                    certify({.common_name = "other", .dns_names = {"other.example"}}, &authority().ca);
                tls::ServerParameters bad{.credentials =
                                              load({.own = {way == Way::wrong_name ? misnamed : stranger},
                                                    .trusted = {authority().ca}})};
                if (way == Way::wrong_ca || way == Way::wrong_name) {
                    TlsPeer(fd, bad).shake_hands();
                    return;
                }
                const auto hello = read_octets(fd, 5);
                const auto rest = read_octets(fd, std::to_integer<std::size_t>(hello[3]) << 8 |
                                                      std::to_integer<std::size_t>(hello[4]));
                if (way == Way::alert)
                    write_octets(fd, octets("15030300020228"));
                if (way == Way::garbage)
                    write_octets(fd,
                                 octets("80000018 11223344 00000001 00000000 00000000 00000000 00000000"));
                if (way == Way::reset)
                    test::reset(fd);
                if (way == Way::silence || way == Way::garbage || way == Way::alert)
                    witness.saw(read_to_end(fd));
            });
            const Params params = params_for(peer.port(), RPCTLS_POLICY_OPPORTUNISTIC);
            rpctls_params_set_timeout(params.get(), 600);
            outcome = created(create(params.get()));
            BOOST_TEST(rpc_createerr.cf_error.re_why == AUTH_FAILED);
        }
        BOOST_TEST(outcome.starts_with(std::to_string(RPC_AUTHERROR)), outcome);
        BOOST_TEST(connections == 1);
        for (const auto &seen : witness.seen())
            BOOST_TEST((seen.empty() || hex(seen).starts_with("15")), hex(seen)); // an alert at most
    }
}

BOOST_AUTO_TEST_CASE(R_4_1_22_R_6_2_2_each_handle_has_a_connection_and_a_probe_of_its_own) {
    std::atomic<int> connections{0};
    Witness witness;
    const ScriptedPeer peer([&](int fd) {
        if (++connections == 2) {
            const auto call = read_octets(fd, probe_size);
            write_octets(fd, answer_to(call, octets(no_token)));
            witness.saw(read_to_end(fd));
            return;
        }
        TlsPeer::offer(fd);
        TlsPeer tls(fd, authority().serving());
        if (tls.shake_hands())
            serve_echo(tls, fd);
    });
    const Params params = params_for(peer.port());
    {
        const Client first = create(params.get());
        BOOST_TEST(created(first) == "ok");
        BOOST_TEST(echo(first, "one") == "one");
    }
    BOOST_TEST(created(create(params.get())) == auth_error("tls-not-offered"));
    const Client third = create(params.get());
    BOOST_TEST(echo(third, "three") == "three");
    BOOST_TEST(connections == 3);
    BOOST_TEST(witness.seen().at(0).empty());
}

BOOST_AUTO_TEST_CASE(
    R_4_1_23_R_5_7_between_probe_and_ClientHello_nothing_is_sent_and_the_hello_offers_sunrpc_only) {
    Witness witness;
    {
        const ScriptedPeer peer([&](int fd) {
            const auto call = read_octets(fd, probe_size);
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            std::byte early;
            witness.saw(std::vector<std::byte>(::recv(fd, &early, 1, MSG_DONTWAIT) > 0 ? 1 : 0));
            write_octets(fd, answer_to(call, octets(offered)));
            ::shutdown(fd, SHUT_WR);
            witness.saw(read_to_end(fd));
        });
        const Params params = params_for(peer.port());
        BOOST_TEST(created(create(params.get())) == auth_error("handshake-closed"));
    }
    BOOST_TEST(witness.seen().at(0).empty());
    const std::string hello = hex(witness.seen().at(1));
    BOOST_TEST(hello.starts_with("160301"));
    BOOST_TEST(hello.find("0010000900070673756e727063") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(R_5_1_1_4_octets_behind_the_token_are_not_parsed_and_end_the_connection) {
    const auto attempt = answered_with(offered, RPCTLS_POLICY_OPPORTUNISTIC,
                                       "80000018 11223344 00000001 00000000 00000000 00000000 00000000");
    BOOST_TEST(attempt.outcome == auth_error("probe-trailing-octets"));
    BOOST_TEST(attempt.after.empty());
}

BOOST_AUTO_TEST_CASE(R_5_10_a_server_without_the_right_ALPN_gets_no_call) {
    const auto with = [](tls::AlpnPolicy alpn, std::string protocol, bool strict) {
        auto parameters = authority().serving();
        parameters.alpn = alpn;
        parameters.protocol = std::move(protocol);
        const TlsServer server(serve_echo, parameters);
        const Params params = params_for(server.port());
        rpctls_params_set_strict_alpn(params.get(), strict);
        const Client client = create(params.get());
        const std::string outcome = created(client);
        return client ? outcome + " " + echo(client, "called") : outcome;
    };
    BOOST_TEST(with(tls::AlpnPolicy::compatible, "sunrpc", true) == "ok called");
    BOOST_TEST(with(tls::AlpnPolicy::none, "sunrpc", true) == auth_error("alpn-missing"));
    BOOST_TEST(with(tls::AlpnPolicy::none, "sunrpc", false) == "ok called");
    BOOST_TEST(with(tls::AlpnPolicy::compatible, "h2", false) == auth_error("alpn-mismatch"));
}

BOOST_AUTO_TEST_CASE(R_4_1_2_R_5_1_2_1_over_anything_but_TCP_TLS_is_refused_before_an_octet_is_sent) {
    const Params params = params_for(1);
    const auto refused = [&](int ours, int peer) {
        const Client client(
            ::clnt_tls_create_fd(ours, "nfs1.example", test_program, test_version, params.get()));
        std::byte octet;
        BOOST_TEST(::recv(peer, &octet, 1, MSG_DONTWAIT) == -1);
        BOOST_TEST(::fcntl(ours, F_GETFD) >= 0);
        BOOST_TEST(!rpctls_error_connection_ended(rpctls_last_error()));
        return created(client);
    };
    int fds[2];
    BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    const Fd one(fds[0]), other(fds[1]);
    BOOST_TEST(refused(one.get(), other.get()) == std::to_string(RPC_SYSTEMERROR) + " transport-unsuitable");
    const Fd sender(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
        receiver(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    BOOST_TEST_REQUIRE(::bind(receiver.get(), generic, size) == 0);
    BOOST_TEST_REQUIRE(::getsockname(receiver.get(), generic, &size) == 0);
    BOOST_TEST_REQUIRE(::connect(sender.get(), generic, size) == 0);
    BOOST_TEST(refused(sender.get(), receiver.get()) ==
               std::to_string(RPC_SYSTEMERROR) + " transport-unsuitable");
}

BOOST_AUTO_TEST_CASE(R_6_1_2_the_protection_in_effect_can_be_asked_for) {
    const TlsServer server(serve_echo);
    const Client protected_one = create(params_for(server.port()).get());
    const rpctls_session *session = rpctls_clnt_session(protected_one.get());
    BOOST_TEST_REQUIRE(session != nullptr);
    BOOST_TEST(rpctls_session_tls_version(session) == "TLS 1.3");
    BOOST_TEST(rpctls_session_peer_subject(session) == "CN=server");
    BOOST_TEST(rpctls_session_alpn(session) == "sunrpc");
    BOOST_TEST(rpctls_session_peer_verified(session) == 1);
    BOOST_TEST(rpctls_session_certificate_sent(session) == 0);
    size_t size = 0;
    BOOST_TEST(rpctls_session_channel_binding(session, &size) != nullptr);
    BOOST_TEST(size == 32u);
    BOOST_TEST(rpctls_clnt_session(nullptr) == nullptr);
}

BOOST_AUTO_TEST_CASE(R_5_5_with_mutual_TLS_both_prove_who_they_are_or_there_is_no_handle) {
    const TlsServer server(serve_echo, authority().serving(tls::ClientCertificate::required));
    const Params params = params_for(server.port(), RPCTLS_POLICY_MTLS);
    const Client client = create(params.get());
    BOOST_TEST(created(client) == "ok");
    BOOST_TEST(rpctls_session_certificate_sent(rpctls_clnt_session(client.get())) == 1);
    BOOST_TEST(echo(client, "proved") == "proved");
    rpctls_params_set_identity_files(params.get(), nullptr, nullptr);
    BOOST_TEST(created(create(params.get())) == std::to_string(RPC_SYSTEMERROR) + " identity-missing");
}

BOOST_AUTO_TEST_CASE(a_server_whose_key_is_not_pinned_is_refused) {
    const TlsServer server(serve_echo);
    const Params params = params_for(server.port());
    Client client = create(params.get());
    const std::string pin = rpctls_session_peer_spki(rpctls_clnt_session(client.get()));
    client.reset();
    BOOST_TEST(rpctls_params_add_server_pin(params.get(), "no pin") == -1);
    const std::string other(64, 'a');
    BOOST_TEST(rpctls_params_add_server_pin(params.get(), other.c_str()) == 0);
    BOOST_TEST(created(create(params.get())) == auth_error("server-key-not-pinned"));
    BOOST_TEST(rpctls_params_add_server_pin(params.get(), pin.c_str()) == 0);
    BOOST_TEST(created(create(params.get())) == "ok");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_named_before_anything_is_sent) {
    const Params params(rpctls_params_new());
    BOOST_TEST(created(create(params.get())) == std::to_string(RPC_SYSTEMERROR) + " port-missing");
    BOOST_TEST(created(create(nullptr)) == std::to_string(RPC_SYSTEMERROR) + " argument-invalid");
    BOOST_TEST(created(Client(::clnt_tls_create("", 1, 1, params.get()))) ==
               std::to_string(RPC_SYSTEMERROR) + " argument-invalid");
    rpctls_params_set_port(params.get(), 1);
    BOOST_TEST(created(create(params.get())) == std::to_string(RPC_SYSTEMERROR) + " connection-refused");
    BOOST_TEST(rpc_createerr.cf_error.re_errno == ECONNREFUSED);
    rpctls_params_set_truststore(params.get(), "/nonexistent/ca.pem");
    BOOST_TEST(created(create(params.get())) == std::to_string(RPC_SYSTEMERROR) + " file-missing");
}

BOOST_AUTO_TEST_SUITE_END()
