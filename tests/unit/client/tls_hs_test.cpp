// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpctls/tls_hs.h"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/psk.hpp"
#include "rpc/tls/tls_hs_material.hpp"
#include "tests/unit/keys/other_keyrings.hpp"
#include "tests/unit/tls/session_fixture.hpp"
#include "tests/unit/tls/tcp_pair.hpp"
#include "tests/unit/tls/tls_tool.hpp"

#include <future>

using namespace rpctls;
using namespace rpctls::test;

namespace {

using Words = std::vector<std::string>;
using Payloads = std::map<std::string, std::string>;

/// One end of a session, however far it came.
struct End {
    rpctls_stream *stream = nullptr;
    rpctls_session *session = nullptr;
    std::string word = "connected"; ///< or the name of the error
    std::string message{};
    bool ended = false;

    End() = default;
    End(End &&other) noexcept
        : stream(std::exchange(other.stream, nullptr)), session(std::exchange(other.session, nullptr)),
          word(std::move(other.word)), message(std::move(other.message)), ended(other.ended) {}
    ~End() {
        rpctls_stream_free(stream);
        rpctls_session_free(session);
    }
    End &operator=(const End &) = delete;

    void say(std::string_view text) const {
        BOOST_TEST_REQUIRE(rpctls_stream_send(stream, text.data(), text.size(), 10'000) ==
                           static_cast<int64_t>(text.size()));
    }
    /// All that comes until the text is in it, or nothing more does.
    bool hears(std::string_view text) const {
        std::string heard;
        char room[1024];
        for (int64_t count; heard.find(text) == std::string::npos;
             heard.append(room, static_cast<std::size_t>(count)))
            if ((count = rpctls_stream_receive(stream, room, sizeof room, 10'000)) <= 0)
                return false;
        return true;
    }
};

struct Scene {
    TemporaryDirectory folder;
    Pki pki;
    OtherKeyrings others;
    rpctls_params *params = rpctls_params_new();
    const Payloads server_keys{
        {"crt-0", pki.server.certificate}, {"pkey", pki.server.key}, {"ca", pki.root.certificate}};
    const Payloads client_keys{
        {"crt-0", pki.client.certificate}, {"pkey", pki.client.key}, {"ca", pki.root.certificate}};
    const Payloads psk{{"psk-0-id", "disk"}, {"psk-0-master", std::string(32, 'w')}};

    ~Scene() { rpctls_params_free(params); }

    keys::Serial ring(const Payloads &payloads) {
        const keys::Serial ring = others.keyring("tls_hs");
        for (const auto &[description, payload] : payloads)
            (void)others.key(ring, description, payload);
        return ring;
    }
    End shake(int fd, keys::Serial ring, rpctls_role role, const char *name = nullptr) const {
        End end;
        end.stream = rpctls_tls_hs(fd, ring, role, name, params, &end.session);
        if (end.stream == nullptr) {
            const rpctls_error *error = rpctls_last_error();
            end.word = rpctls_error_name(error);
            end.message = rpctls_error_message(error);
            end.ended = rpctls_error_connection_ended(error) != 0;
        }
        return end;
    }
    End client(int fd, const Payloads &keys) {
        return shake(fd, ring(keys), RPCTLS_ROLE_CLIENT, "nfs1.example");
    }
    End server(int fd, const Payloads &keys) { return shake(fd, ring(keys), RPCTLS_ROLE_SERVER); }
    /// Both, over a connection of this machine.
    std::pair<End, End> meet(const Sockets &tcp, const Payloads &of_client, const Payloads &of_server) {
        const keys::Serial server_ring = ring(of_server);
        auto serving = std::async(std::launch::async,
                                  [&] { return shake(tcp.server.get(), server_ring, RPCTLS_ROLE_SERVER); });
        End client = this->client(tcp.client.get(), of_client);
        return {std::move(client), serving.get()};
    }
    std::string file(const std::string &name, const std::string &content) const {
        BOOST_TEST_REQUIRE(write_file(folder / name, as_bytes(content), 0600).has_value());
        return (folder / name).string();
    }
};

/// The name of the error and the key that it is about.
std::string verdict(const Payloads &payloads) {
    keys::TlsHsKeys keys;
    for (const auto &[name, payload] : payloads)
        keys.emplace(name, Secret(as_bytes(payload)));
    const auto material = tls::assemble_tls_hs(std::move(keys));
    return material ? "fine" : material.error().name + " " + fact(material.error(), "key");
}

Payloads operator+(Payloads a, const Payloads &b) {
    a.insert(b.begin(), b.end());
    return a;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_hs)

BOOST_AUTO_TEST_CASE(only_the_names_of_the_layout_are_read) {
    for (const char *name : {"psk-0-id", "psk-4-master", "crt-0", "crt-15", "pkey", "ca"})
        BOOST_TEST(keys::is_tls_hs_name(name), name);
    for (const char *name : {"psk-5-id", "psk-00-id", "psk--id", "psk-0", "psk-0-", "crt-16", "crt-",
                             "crt-01", "crt-+1", "pkey ", "", "CA", "psk-0-id-master", "nfs:x509:a:cert"})
        BOOST_TEST(!keys::is_tls_hs_name(name), name);
}

BOOST_FIXTURE_TEST_CASE(what_does_not_make_sense_is_refused_with_the_name_of_the_key, Scene) {
    BOOST_TEST(verdict(server_keys) == "fine");
    BOOST_TEST(verdict(psk) == "fine");
    BOOST_TEST(verdict({{"ca", pki.root.certificate + pki.server.certificate}}) == "fine");
    BOOST_TEST(verdict({{"crt-0", pki.client.certificate},
                        {"crt-1", pki.root.certificate},
                        {"pkey", pki.client.key}}) == "fine");
    BOOST_TEST(verdict({}) == "tls-hs-empty psk-0-id, crt-0, ca");
    BOOST_TEST(verdict({{"psk-3-id", "a"}}) == "tls-hs-incomplete psk-3-master");
    BOOST_TEST(verdict({{"psk-3-master", std::string(32, 'a')}}) == "tls-hs-incomplete psk-3-id");
    BOOST_TEST(verdict({{"pkey", pki.client.key}}) == "tls-hs-incomplete crt-0");
    BOOST_TEST(verdict({{"crt-0", pki.client.certificate}}) == "tls-hs-incomplete pkey");
    BOOST_TEST(verdict({{"crt-0", pki.client.certificate},
                        {"crt-2", pki.root.certificate},
                        {"pkey", pki.client.key}}) == "tls-hs-incomplete crt-1");
    BOOST_TEST(verdict(psk + client_keys) == "tls-hs-both ca");
    BOOST_TEST(verdict({{"psk-0-id", "a"}, {"psk-0-master", "short"}}) == "psk-invalid psk-0-master");
    BOOST_TEST(verdict({{"psk-0-id", "a"}, {"psk-0-master", std::string(65, 'a')}}) ==
               "psk-invalid psk-0-master");
    BOOST_TEST(verdict({{"psk-0-id", std::string(1025, 'a')}, {"psk-0-master", std::string(32, 'a')}}) ==
               "psk-invalid psk-0-id");
    BOOST_TEST(verdict(psk + Payloads{{"psk-1-id", "disk"}, {"psk-1-master", std::string(32, 'v')}}) ==
               "psk-invalid psk-1-id");
    BOOST_TEST(verdict({{"crt-0", "no certificate"}, {"pkey", pki.client.key}}) ==
               "certificate-missing crt-0");
    BOOST_TEST(verdict({{"ca", "no certificate"}}) == "certificate-missing ca");
    // 48 octets are a key of SHA-384.
    keys::TlsHsKeys long_key;
    long_key.emplace("psk-0-id", Secret(as_bytes("a")));
    long_key.emplace("psk-0-master", Secret(48));
    BOOST_TEST((tls::assemble_tls_hs(std::move(long_key))->psks.at(0).hash == tls::PskHash::sha384));
}

BOOST_FIXTURE_TEST_CASE(two_ends_prove_themselves_with_what_is_on_their_keyrings, Scene) {
    BOOST_TEST(rpctls_params_set_policy(params, RPCTLS_POLICY_MTLS) == 0);
    const Sockets tcp = tcp_pair();
    const auto [client, server] = meet(tcp, client_keys, server_keys);
    BOOST_TEST_REQUIRE(client.word == "connected", client.message);
    BOOST_TEST_REQUIRE(server.word == "connected", server.message);
    BOOST_TEST(rpctls_session_peer_subject(client.session) == "CN=server");
    BOOST_TEST(rpctls_session_peer_subject(server.session) == "CN=client");
    BOOST_TEST(rpctls_session_alpn(client.session) == "sunrpc");
    client.say("there");
    BOOST_TEST(server.hears("there"));
    server.say("and back");
    BOOST_TEST(client.hears("and back"));
    char octet = 0;
    BOOST_TEST(rpctls_stream_receive(client.stream, &octet, 1, 0) == -1);
    BOOST_TEST(rpctls_error_name(rpctls_last_error()) == "timeout");
    rpctls_stream_close(server.stream);
    BOOST_TEST(rpctls_stream_receive(client.stream, &octet, 1, 10'000) == 0);
    BOOST_TEST(rpctls_stream_send(server.stream, &octet, 1, 0) == -1);
    BOOST_TEST(rpctls_error_name(rpctls_last_error()) == "session-closed");
    BOOST_TEST(rpctls_stream_pending(server.stream) == 0u);
    BOOST_TEST(rpctls_stream_pending(nullptr) == 0u);
    rpctls_stream_close(nullptr);
}

BOOST_FIXTURE_TEST_CASE(a_key_that_both_have_is_enough, Scene) {
    const Payloads second{{"psk-1-id", "disk"},
                          {"psk-1-master", std::string(32, 'w')},
                          {"psk-0-id", "other"},
                          {"psk-0-master", std::string(32, 'v')}};
    const Sockets tcp = tcp_pair();
    const auto [client, server] = meet(tcp, psk, second);
    BOOST_TEST_REQUIRE(client.word == "connected", client.message);
    BOOST_TEST_REQUIRE(server.word == "connected", server.message);
    BOOST_TEST(rpctls_session_psk_identity(server.session) == "disk");
    client.say("there");
    BOOST_TEST(server.hears("there"));

    const Sockets another = tcp_pair();
    const auto [refused, refusing] =
        meet(another, {{"psk-0-id", "x"}, {"psk-0-master", std::string(32, 'w')}}, psk);
    BOOST_TEST(refused.word == "psk-identity-refused");
    BOOST_TEST(refusing.word == "psk-identity-unknown");
    BOOST_TEST(refusing.ended);
}

BOOST_FIXTURE_TEST_CASE(faults_of_the_keyring_leave_the_connection_alone, Scene) {
    const Sockets tcp = tcp_pair();
    const End bare = server(tcp.server.get(), {{"ca", pki.root.certificate}});
    BOOST_TEST(bare.word == "tls-hs-incomplete");
    BOOST_TEST(bare.message.find("crt-0") != std::string::npos);
    BOOST_TEST(!bare.ended);
    BOOST_TEST(client(tcp.client.get(), {{"other", "x"}}).word == "tls-hs-empty");
    const End mixed =
        client(tcp.client.get(),
               {{"crt-0", pki.client.certificate}, {"pkey", pki.server.key}, {"ca", pki.root.certificate}});
    BOOST_TEST(mixed.word == "key-mismatch");
    BOOST_TEST(shake(tcp.client.get(), 0x7ffffff0, RPCTLS_ROLE_CLIENT, "nfs1.example").word == "key-missing");
    BOOST_TEST(shake(tcp.client.get(), 0, RPCTLS_ROLE_CLIENT, "nfs1.example").word == "argument-invalid");
    BOOST_TEST(shake(tcp.client.get(), ring(client_keys), RPCTLS_ROLE_CLIENT, "").word ==
               "server-name-invalid");
    // It is as good as new.
    const auto [client, server] = meet(tcp, client_keys, server_keys);
    BOOST_TEST(client.word == "connected");
    BOOST_TEST(server.word == "connected");
}

BOOST_FIXTURE_TEST_CASE(a_stranger_is_refused_and_a_silent_peer_given_up, Scene) {
    const Certified stranger = certify({.common_name = "Other CA", .is_ca = true});
    const Sockets tcp = tcp_pair();
    const auto [client, server] = meet(tcp, {{"ca", stranger.certificate}}, server_keys);
    BOOST_TEST(client.word == "ca-not-trusted");
    BOOST_TEST(client.ended);
    BOOST_TEST(server.word != "connected");
    const Sockets silent = tcp_pair();
    BOOST_TEST(rpctls_params_set_timeout(params, 50) == 0);
    BOOST_TEST(this->client(silent.client.get(), client_keys).word == "handshake-timeout");
}

BOOST_FIXTURE_TEST_CASE(openssl_and_gnutls_are_peers_with_certificates, Scene) {
    const std::string root = file("root", pki.root.certificate),
                      certificate = file("server", pki.server.certificate),
                      key = file("server.key", pki.server.key), own = file("client", pki.client.certificate),
                      own_key = file("client.key", pki.client.key);
    {
        const std::string port = free_port();
        const TlsTool tool(folder, {"openssl", "s_server", "-accept", "127.0.0.1:" + port, "-tls1_3", "-alpn",
                                    "sunrpc", "-cert", certificate, "-key", key, "-rev", "-Verify", "2",
                                    "-CAfile", root, "-verify_return_error"});
        const Fd fd = connect_to(port);
        const End end = client(fd.get(), client_keys);
        BOOST_TEST_REQUIRE(end.word == "connected", end.message + "\n" + tool.printed());
        BOOST_TEST(rpctls_session_certificate_sent(end.session) != 0);
        end.say("first\n");
        BOOST_TEST(end.hears("tsrif"));
    }
    const Listener listener = listen_here();
    const TlsTool tool(folder,
                       {"gnutls-cli", "--port", listener.port, "--x509cafile", root, "--alpn", "sunrpc",
                        "--sni-hostname", "nfs1.example", "--verify-hostname", "nfs1.example",
                        "--x509certfile", own, "--x509keyfile", own_key, "127.0.0.1"});
    const Fd fd = accept_from(listener);
    BOOST_TEST(rpctls_params_set_policy(params, RPCTLS_POLICY_MTLS) == 0);
    const End end = server(fd.get(), server_keys);
    BOOST_TEST_REQUIRE(end.word == "connected", end.message + "\n" + tool.printed());
    BOOST_TEST(rpctls_session_peer_subject(end.session) == "CN=client");
    tool.type("first\n");
    BOOST_TEST(end.hears("first"));
}

BOOST_FIXTURE_TEST_CASE(openssl_and_gnutls_are_peers_with_a_pre_shared_key, Scene) {
    for (const std::size_t size : {std::size_t{32}, std::size_t{48}}) {
        const Payloads keys{{"psk-0-id", "disk"}, {"psk-0-master", std::string(size, 'w')}};
        std::string as_hex;
        for (std::size_t i = 0; i < size; ++i)
            as_hex += "77";
        const std::string port = free_port();
        const TlsTool tool(folder,
                           {"openssl", "s_server", "-accept", "127.0.0.1:" + port, "-tls1_3", "-nocert",
                            "-rev", "-psk_identity", "disk", "-psk", as_hex, "-ciphersuites",
                            size == 32 ? "TLS_AES_128_GCM_SHA256" : "TLS_AES_256_GCM_SHA384"});
        const Fd fd = connect_to(port);
        const End end = client(fd.get(), keys);
        if (!tls::check_psk_support(size == 32 ? tls::PskHash::sha256 : tls::PskHash::sha384)) {
            BOOST_TEST(end.word == "psk-hash-unsupported");
            BOOST_TEST(!end.ended);
            continue;
        }
        BOOST_TEST_REQUIRE(end.word == "connected", end.message + "\n" + tool.printed());
        end.say("first\n");
        BOOST_TEST(end.hears("tsrif"));
    }
    const Listener listener = listen_here();
    const TlsTool tool(folder,
                       {"gnutls-cli", "--port", listener.port, "--pskusername", "disk", "--pskkey",
                        "7777777777777777777777777777777777777777777777777777777777777777", "--priority",
                        "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK", "127.0.0.1"});
    const Fd fd = accept_from(listener);
    const End end = server(fd.get(), psk);
    BOOST_TEST_REQUIRE(end.word == "connected", end.message + "\n" + tool.printed());
    tool.type("first\n");
    BOOST_TEST(end.hears("first"));
}

BOOST_AUTO_TEST_SUITE_END()
