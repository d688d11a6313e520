// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tests/unit/tls/engine_over_records.hpp"
#include "tests/unit/tls/session_fixture.hpp"
#include "tests/unit/tls/tls_tool.hpp"

#include <boost/test/data/test_case.hpp>

#include <chrono>
#include <thread>

using namespace rpctls;
using namespace rpctls::test;
using namespace rpctls::tls;

namespace {

using Words = std::vector<std::string>;

Words operator+(Words words, const Words &more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

/// What the programs are given, and an engine at the other end of their connection.
struct Scene {
    TemporaryDirectory folder;
    Pki pki;
    std::string root = file("root", pki.root.certificate);
    std::string server = file("server", pki.server.certificate);
    std::string server_key = file("server.key", pki.server.key);
    std::string client = file("client", pki.client.certificate);
    std::string client_key = file("client.key", pki.client.key);
    Fd socket;
    std::optional<SocketTransport> transport;
    std::optional<EngineOverRecords> ours;

    std::string file(const std::string &name, const std::string &content) const {
        const auto path = folder / name;
        BOOST_TEST_REQUIRE(write_file(path, as_bytes(content), 0600).has_value());
        return path.string();
    }

    void carry(HandshakeEngine engine, Fd over) {
        BOOST_TEST_REQUIRE(over.is_open());
        socket = std::move(over);
        transport.emplace(socket.get());
        ours.emplace(std::move(engine), *transport);
    }

    void connect(const std::string &port, bool with_identity = false) {
        carry(*HandshakeEngine::client({.credentials = pki.identity(),
                                        .server_name = "nfs1.example",
                                        .present_identity = with_identity}),
              connect_to(port));
    }

    void accept(const Listener &listener,
                ClientCertificate certificate = ClientCertificate::verified_if_given) {
        carry(*HandshakeEngine::server(
                  {.credentials = pki.server_credentials(), .client_certificate = certificate}),
              accept_from(listener));
    }

    /// Until it holds, or ten seconds have gone.
    template <class Condition>
    bool until(Condition holds) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!holds()) {
            if (std::chrono::steady_clock::now() > end)
                return false;
            if (!ours->turn())
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        return true;
    }

    void must_connect(const TlsTool &tool) {
        until([&] { return ours->word != "unfinished"; });
        BOOST_TEST_REQUIRE(ours->word == "connected", (ours->error ? summary(*ours->error) : ours->word)
                                                          << "\n"
                                                          << tool.printed());
    }

    bool hears(std::string_view text) {
        return until([&] { return ours->heard.find(text) != std::string::npos || ours->error; }) &&
               !ours->error;
    }

    Words openssl_server(const std::string &port) const {
        return {"openssl", "s_server", "-accept", "127.0.0.1:" + port, "-tls1_3",  "-alpn", "sunrpc",
                "-cert",   server,     "-key",    server_key,          "-naccept", "1"};
    }

    Words openssl_client(const Listener &listener) const {
        return {"openssl",          "s_client",    "-connect", "127.0.0.1:" + listener.port,
                "-tls1_3",          "-alpn",       "sunrpc",   "-servername",
                "nfs1.example",     "-CAfile",     root,       "-verify_return_error",
                "-verify_hostname", "nfs1.example"};
    }

    Words gnutls_client(const Listener &listener) const {
        return {"gnutls-cli",   "--port",
                listener.port,  "--x509cafile",
                root,           "--alpn",
                "sunrpc",       "--sni-hostname",
                "nfs1.example", "--verify-hostname",
                "nfs1.example", "--inline-commands",
                "127.0.0.1"};
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(handshake_engine_and_programs_of_other_libraries)

BOOST_AUTO_TEST_CASE(a_client_talks_to_openssl_and_updates_keys_with_it) {
    Scene scene;
    const std::string port = free_port();
    const TlsTool tool(scene.folder, scene.openssl_server(port) + Words{"-rev"});
    scene.connect(port);
    scene.must_connect(tool);
    BOOST_TEST(scene.ours->engine.facts().alpn.value_or("") == "sunrpc");
    scene.ours->say("first\n");
    BOOST_TEST(scene.hears("tsrif"));
    BOOST_TEST(scene.ours->tickets_and_updates >= 1u); // OpenSSL sends tickets to whoever takes them
    scene.ours->update_keys(true);
    scene.ours->say("second\n");
    BOOST_TEST(scene.hears("dnoces"));
    scene.ours->update_keys(false);
    scene.ours->say("third\n");
    BOOST_TEST(scene.hears("driht"));
    BOOST_TEST(scene.ours->plaintext_records == 1u);
}

BOOST_AUTO_TEST_CASE(a_client_is_asked_by_openssl_for_another_share) {
    Scene scene;
    const std::string port = free_port();
    const TlsTool tool(scene.folder, scene.openssl_server(port) + Words{"-rev", "-groups", "P-384"});
    scene.connect(port);
    scene.must_connect(tool);
    BOOST_TEST(scene.ours->plaintext_records == 2u);
    scene.ours->say("first\n");
    BOOST_TEST(scene.hears("tsrif"));
}

BOOST_AUTO_TEST_CASE(a_client_proves_itself_to_openssl) {
    Scene scene;
    const std::string port = free_port();
    const TlsTool tool(scene.folder, scene.openssl_server(port) + Words{"-rev", "-Verify", "2", "-CAfile",
                                                                        scene.root, "-verify_return_error"});
    scene.connect(port, true);
    scene.must_connect(tool);
    scene.ours->say("first\n");
    BOOST_TEST(scene.hears("tsrif"));
    BOOST_TEST(scene.ours->engine.facts().certificate_sent);
}

BOOST_AUTO_TEST_CASE(a_client_hears_from_openssl_that_it_wanted_a_certificate) {
    Scene scene;
    const std::string port = free_port();
    const TlsTool tool(scene.folder, scene.openssl_server(port) + Words{"-rev", "-Verify", "2"});
    scene.connect(port);
    BOOST_TEST(scene.until([&] { return scene.ours->error.has_value(); }));
    BOOST_TEST(scene.ours->word == "client-certificate-required", tool.printed());
}

BOOST_AUTO_TEST_CASE(a_server_talks_to_openssl_and_updates_keys_with_it) {
    Scene scene;
    const Listener listener = listen_here();
    const TlsTool tool(scene.folder, scene.openssl_client(listener));
    scene.accept(listener);
    scene.must_connect(tool);
    tool.type("first\n");
    BOOST_TEST(scene.hears("first"));
    tool.type("K\n"); // its command for an update that asks for one
    BOOST_TEST(scene.until([&] { return scene.ours->tickets_and_updates == 1; }));
    scene.ours->say("to the client\n");
    BOOST_TEST(scene.until([&] { return tool.has_printed("to the client"); }));
    tool.type("second\n");
    BOOST_TEST(scene.hears("second"));
    scene.ours->update_keys(true);
    scene.ours->say("once more\n");
    BOOST_TEST(scene.until([&] { return tool.has_printed("once more"); }));
    tool.type("third\n");
    BOOST_TEST(scene.hears("third"));
    BOOST_TEST(scene.ours->tickets_and_updates == 2u);
}

BOOST_AUTO_TEST_CASE(a_server_asks_openssl_for_another_share_and_its_certificate) {
    Scene scene;
    const Listener listener = listen_here();
    const TlsTool tool(scene.folder,
                       scene.openssl_client(listener) +
                           Words{"-groups", "P-521:X25519", "-cert", scene.client, "-key", scene.client_key});
    scene.accept(listener, ClientCertificate::required);
    scene.must_connect(tool);
    BOOST_TEST(scene.ours->plaintext_records == 2u);
    BOOST_TEST(scene.ours->engine.facts().peer_authenticated);
    tool.type("first\n");
    BOOST_TEST(scene.hears("first"));
}

BOOST_AUTO_TEST_CASE(openssl_is_told_why_it_is_refused) {
    Scene scene;
    const Listener listener = listen_here();
    const TlsTool tool(scene.folder, scene.openssl_client(listener));
    scene.accept(listener, ClientCertificate::required);
    BOOST_TEST(scene.until([&] { return scene.ours->error.has_value(); }));
    BOOST_TEST(scene.ours->word == "certificate-missing");
    BOOST_TEST(scene.until([&] { return tool.has_printed("alert certificate required"); }), tool.printed());
}

BOOST_AUTO_TEST_CASE(a_client_shares_a_key_with_openssl) {
    Scene scene;
    const std::string port = free_port();
    const TlsTool tool(scene.folder, {"openssl", "s_server", "-accept", "127.0.0.1:" + port, "-tls1_3",
                                      "-nocert", "-rev", "-psk_identity", "disk", "-psk",
                                      std::string(64, '7'), "-ciphersuites", "TLS_AES_128_GCM_SHA256"});
    PresharedKey key{"disk", Secret(32), PskHash::sha256};
    std::ranges::fill(key.secret.bytes(), std::byte{0x77});
    scene.carry(*HandshakeEngine::psk_client({PskPolicy::load(), std::move(key), "disk.example"}),
                connect_to(port));
    scene.must_connect(tool);
    scene.ours->say("first\n");
    BOOST_TEST(scene.hears("tsrif"));
}

BOOST_AUTO_TEST_CASE(a_client_talks_to_gnutls_serv) {
    Scene scene;
    const std::string port = free_port();
    const TlsTool tool(scene.folder, {"gnutls-serv", "--echo", "--port", port, "--x509certfile", scene.server,
                                      "--x509keyfile", scene.server_key, "--alpn", "sunrpc"});
    scene.connect(port);
    scene.must_connect(tool);
    scene.ours->say("first\n");
    BOOST_TEST(scene.hears("first"));
    scene.ours->update_keys(true);
    scene.ours->say("second\n");
    BOOST_TEST(scene.hears("second"));
}

BOOST_AUTO_TEST_CASE(a_server_talks_to_gnutls_cli_and_asks_it_for_another_share) {
    Scene scene;
    const Listener listener = listen_here();
    const TlsTool tool(scene.folder,
                       scene.gnutls_client(listener) +
                           Words{"--single-key-share", "--priority",
                                 "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP521R1:+GROUP-X25519"});
    scene.accept(listener);
    scene.must_connect(tool);
    BOOST_TEST(scene.ours->plaintext_records == 2u);
    tool.type("first\n");
    BOOST_TEST(scene.hears("first"));
    tool.type("^rekey1^\n");
    BOOST_TEST(scene.until([&] { return scene.ours->tickets_and_updates >= 1; }), tool.printed());
    tool.type("second\n");
    BOOST_TEST(scene.hears("second"));
    scene.ours->say("to the client\n");
    BOOST_TEST(scene.until([&] { return tool.has_printed("to the client"); }));
}

BOOST_AUTO_TEST_CASE(a_client_resumes_with_openssl_and_sends_early_data) {
    Scene scene;
    const std::string port = free_port();
    const TlsTool tool(scene.folder, {"openssl", "s_server", "-accept", "127.0.0.1:" + port, "-tls1_3",
                                      "-alpn", "sunrpc", "-cert", scene.server, "-key", scene.server_key,
                                      "-early_data", "-max_early_data", "1000"});
    const auto tickets = std::make_shared<TicketStore>();
    const auto connect = [&](std::uint32_t early_data) {
        scene.carry(
            *HandshakeEngine::client({.credentials = scene.pki.trust(), .server_name = "nfs1.example"},
                                     {.tickets = tickets, .early_data = early_data}),
            connect_to(port));
        if (scene.ours->engine.early_data_limit() > 0)
            scene.ours->say_early("early words\n");
        scene.must_connect(tool);
    };
    connect(0);
    BOOST_TEST(!scene.ours->engine.facts().resumed);
    scene.ours->say("to the server\n");
    BOOST_TEST(scene.until([&] { return tickets->size() >= 2 && tool.has_printed("to the server"); }));
    scene.ours->close();
    scene.ours->turn();
    connect(0);
    BOOST_TEST(scene.ours->engine.facts().resumed);
    scene.ours->close();
    scene.ours->turn();
    connect(5000);
    BOOST_TEST(scene.ours->engine.facts().resumed);
    BOOST_TEST(scene.ours->engine.early_data_limit() == 1000u);
    BOOST_TEST((scene.ours->engine.early_data() == EarlyData::accepted));
    BOOST_TEST(scene.until([&] { return tool.has_printed("early words"); }), tool.printed());
    scene.ours->say("and late ones\n");
    BOOST_TEST(scene.until([&] { return tool.has_printed("and late ones"); }), tool.printed());
}

BOOST_AUTO_TEST_CASE(openssl_resumes_with_a_server_and_sends_early_data_once) {
    Scene scene;
    const auto keys = std::make_shared<TicketKeys>();
    const std::string session = (scene.folder / "session").string();
    const std::string early = scene.file("early", "early words\n");
    const auto accept = [&](const Listener &listener) {
        scene.carry(*HandshakeEngine::server({.credentials = scene.pki.server_credentials(),
                                              .client_certificate = ClientCertificate::ignored},
                                             {.ticket_keys = keys, .early_data = 1000}),
                    accept_from(listener));
    };
    {
        const Listener listener = listen_here();
        const TlsTool tool(scene.folder, scene.openssl_client(listener) + Words{"-sess_out", session});
        accept(listener);
        scene.must_connect(tool);
        BOOST_TEST(scene.until([&] { return read_file(session).has_value(); }), tool.printed());
    }
    for (const bool first : {true, false}) {
        const Listener listener = listen_here();
        const TlsTool tool(scene.folder,
                           scene.openssl_client(listener) + Words{"-sess_in", session, "-early_data", early});
        accept(listener);
        scene.must_connect(tool);
        BOOST_TEST(scene.ours->engine.facts().resumed);
        if (first) {
            BOOST_TEST(scene.ours->heard_early == "early words\n");
            BOOST_TEST(scene.until([&] { return tool.has_printed("Early data was accepted"); }),
                       tool.printed());
        } // the ticket is the same, the hello another: taken, too
        tool.type("late words\n");
        BOOST_TEST(scene.hears("late words"));
    }
    keys->rotate();
    const Listener listener = listen_here();
    const TlsTool tool(scene.folder,
                       scene.openssl_client(listener) + Words{"-sess_in", session, "-early_data", early});
    accept(listener);
    scene.must_connect(tool);
    BOOST_TEST(!scene.ours->engine.facts().resumed);
    BOOST_TEST(scene.ours->heard_early.empty());
    BOOST_TEST(scene.ours->passed_over == 1u);
    tool.type("late words\n");
    BOOST_TEST(scene.hears("late words"));
}

BOOST_AUTO_TEST_CASE(a_client_whose_server_wants_another_share_goes_on_without_early_data) {
    Scene scene;
    const std::string port = free_port();
    const TlsTool tool(scene.folder,
                       {"openssl", "s_server", "-accept", "127.0.0.1:" + port, "-tls1_3", "-alpn", "sunrpc",
                        "-cert", scene.server, "-key", scene.server_key, "-early_data", "-groups", "P-384"});
    const auto tickets = std::make_shared<TicketStore>();
    const auto connect = [&](std::uint32_t early_data) {
        scene.carry(
            *HandshakeEngine::client({.credentials = scene.pki.trust(), .server_name = "nfs1.example"},
                                     {.tickets = tickets, .early_data = early_data}),
            connect_to(port));
    };
    connect(0);
    scene.must_connect(tool);
    BOOST_TEST(scene.until([&] { return tickets->size() >= 2; }));
    scene.ours->close();
    scene.ours->turn();
    connect(100);
    scene.ours->say_early("early words\n");
    BOOST_TEST(scene.until([&] { return scene.ours->error.has_value(); }));
    BOOST_TEST(fact(scene.ours->error, "reason").find("without any") != std::string::npos);
    connect(0);
    scene.must_connect(tool);
    BOOST_TEST(scene.ours->plaintext_records == 2u);
    scene.ours->say("late words\n");
    BOOST_TEST(scene.until([&] { return tool.has_printed("late words"); }), tool.printed());
}

BOOST_AUTO_TEST_CASE(a_session_that_gnutls_serv_resumes_without_a_key_exchange_is_none) {
    Scene scene;
    for (const bool fresh_keys : {true, false}) {
        const std::string port = free_port();
        const TlsTool tool(scene.folder,
                           {"gnutls-serv", "--echo", "--port", port, "--x509certfile", scene.server,
                            "--x509keyfile", scene.server_key, "--alpn", "sunrpc", "--priority",
                            std::string("NORMAL:-VERS-ALL:+VERS-TLS1.3") + (fresh_keys ? "" : ":+PSK")});
        const auto tickets = std::make_shared<TicketStore>();
        for (const bool first : {true, false}) {
            scene.carry(
                *HandshakeEngine::client({.credentials = scene.pki.trust(), .server_name = "nfs1.example"},
                                         {.tickets = tickets}),
                connect_to(port));
            BOOST_TEST(scene.until([&] { return scene.ours->word != "unfinished"; }));
            if (first)
                BOOST_TEST(scene.until([&] { return tickets->size() >= 1; }));
            BOOST_TEST(scene.ours->word == (first || fresh_keys ? "connected" : "handshake-failed"));
            BOOST_TEST(scene.ours->engine.facts().resumed == (!first && fresh_keys));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
