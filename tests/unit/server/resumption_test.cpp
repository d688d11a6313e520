// SPDX-License-Identifier: LGPL-2.1-or-later
// Programs that ask for session resumption: handles and connections of the same parameters, with both servers and with
// openssl at the other end.
#include "rpctls/connection.hpp"
#include "tests/unit/client/scripted_peer.hpp"
#include "tests/unit/server/calling.hpp"
#include "tests/unit/server/server_fixture.hpp"
#include "tests/unit/server/svc_relay.hpp"
#include "tests/unit/tls/tls_tool.hpp"

using namespace rpctls;
using namespace rpctls::test;

namespace {

constexpr std::uint32_t an_hour = 3600;

const auto giving = [](rpctls_params *params) {
    BOOST_TEST(rpctls_params_set_resumption(params, an_hour) == 0);
};

/// Parameters of a client of those files, which proves who it is.
Params resuming(const Files &files, std::uint16_t port, std::uint32_t seconds = an_hour) {
    Params params = calling(port);
    rpctls_params_set_truststore(params.get(), files.path("ca.pem").c_str());
    rpctls_params_set_identity_files(params.get(), files.path("client.pem").c_str(),
                                     files.path("client.key").c_str());
    BOOST_TEST(rpctls_params_set_resumption(params.get(), seconds) == 0);
    return params;
}

/// One handle and one call through it: "full" or "resumed", or the error.
std::string met(const Params &params) {
    const Client client = create(params);
    if (const std::string told = outcome(client); told != "ok")
        return told;
    return rpctls_session_resumed(rpctls_clnt_session(client.get())) != 0 ? "resumed" : "full";
}

} // namespace

BOOST_AUTO_TEST_SUITE(resumption)

BOOST_AUTO_TEST_CASE(R_5_12_handles_of_the_same_parameters_resume_and_the_server_still_knows_who_calls) {
    const Served served(RPCTLS_POLICY_MTLS, giving);
    const Params params = resuming(served.files(), served.port());
    rpctls_params_set_policy(params.get(), RPCTLS_POLICY_MTLS);
    BOOST_TEST(met(params) == "full");
    BOOST_TEST(served.log().find("resumed") == std::string::npos);
    for (int i = 0; i < 3; ++i) {
        const Client client = create(params);
        BOOST_TEST_REQUIRE((client != nullptr));
        const rpctls_session *session = rpctls_clnt_session(client.get());
        BOOST_TEST(rpctls_session_resumed(session) == 1);
        BOOST_TEST(rpctls_session_certificate_sent(session) == 1);
        BOOST_TEST(rpctls_session_peer_subject(session) == std::string("CN=server"));
        BOOST_TEST(rpctls_session_group(session) != std::string());
        BOOST_TEST(who_is_calling(client.get()) == "flavor 0, TLS 1.3, host CN=client, binding 32");
    }
    BOOST_TEST(served.logged("mode=mtls probe=answered version=\"TLS 1.3\" cipher=TLS_AES_256_GCM_SHA384 "
                             "alpn=sunrpc resumed=yes records="));
    // Tickets are of one object: neither of another one, nor of what it was told anew.
    BOOST_TEST(met(resuming(served.files(), served.port())) == "full");
    BOOST_TEST(rpctls_params_set_resumption(params.get(), an_hour) == 0);
    BOOST_TEST(met(params) == "full");
}

BOOST_AUTO_TEST_CASE(R_5_12_nothing_is_resumed_by_default_at_either_end) {
    // One after the other: libtirpc has one table of transports for all.
    for (const bool server_is_willing : {true, false}) {
        const Served served(RPCTLS_POLICY_TLS, server_is_willing ? Served::Change(giving) : nullptr);
        const Params params = resuming(served.files(), served.port(), server_is_willing ? 0 : an_hour);
        for (int i = 0; i < 2; ++i)
            BOOST_TEST(met(params) == "full");
    }
    const Params never = make_parameters();
    BOOST_TEST(rpctls_params_set_resumption(never.get(), 7 * 24 * 3600 + 1) == -1);
    BOOST_TEST(rpctls_params_set_resumption(nullptr, 1) == -1);
}

BOOST_AUTO_TEST_CASE(R_5_12_a_ticket_is_for_the_same_name_truststore_and_identity_and_for_its_time) {
    const Served served(RPCTLS_POLICY_TLS, giving);
    const Files &files = served.files();
    const Params params = resuming(files, served.port());
    BOOST_TEST(met(params) == "full");
    rpctls_params_set_server_name(params.get(), "nfs1.example");
    BOOST_TEST(met(params) == "full");
    files.write("same.pem", files.ca.certificate);
    rpctls_params_set_truststore(params.get(), files.path("same.pem").c_str());
    BOOST_TEST(met(params) == "full");
    rpctls_params_set_identity_files(params.get(), nullptr, nullptr);
    BOOST_TEST(met(params) == "full");
    {
        const Client client = create(params);
        BOOST_TEST_REQUIRE((client != nullptr));
        rpctls_params_add_server_pin(params.get(),
                                     rpctls_session_peer_spki(rpctls_clnt_session(client.get())));
    }
    BOOST_TEST(met(params) == "full");
    BOOST_TEST(met(params) == "resumed");
    const Params brief = resuming(files, served.port(), 2);
    BOOST_TEST(met(brief) == "full");
    std::this_thread::sleep_for(std::chrono::milliseconds(2100));
    BOOST_TEST(met(brief) == "full");
    BOOST_TEST(met(brief) == "resumed");
}

BOOST_AUTO_TEST_CASE(R_5_12_after_a_reload_no_session_from_before_is_resumed_and_a_revoked_client_is_nobody) {
    const Files files;
    files.write("crl.pem", revoke(files.ca, {}));
    Served served(RPCTLS_POLICY_MTLS, [&](rpctls_params *params) {
        files.serve(params);
        rpctls_params_set_crl(params, files.path("crl.pem").c_str());
        giving(params);
    });
    const Params params = resuming(files, served.port());
    BOOST_TEST(met(params) == "full");
    BOOST_TEST(met(params) == "resumed");
    BOOST_TEST(svc_tls_reload(served.listener()) == 0);
    BOOST_TEST(met(params) == "full");
    BOOST_TEST(met(params) == "resumed");
    files.write("crl.pem", revoke(files.ca, {files.client}));
    BOOST_TEST(svc_tls_reload(served.listener()) == 0);
    BOOST_TEST(met(params) == "client-certificate-refused");
    BOOST_TEST(served.logged("handshake failed: certificate-revoked"));
}

BOOST_AUTO_TEST_CASE(R_5_12_a_client_judges_the_server_before_it_offers_a_ticket) {
    const Served served(RPCTLS_POLICY_TLS, giving);
    const Files &files = served.files();
    files.write("crl.pem", revoke(files.ca, {}));
    const Params params = resuming(files, served.port());
    rpctls_params_set_crl(params.get(), files.path("crl.pem").c_str());
    BOOST_TEST(met(params) == "full");
    BOOST_TEST(met(params) == "resumed");
    files.write("crl.pem", revoke(files.ca, {files.server}));
    BOOST_TEST(met(params) == "certificate-revoked");
}

BOOST_AUTO_TEST_CASE(R_5_12_a_Server_resumes_with_a_Connection_that_connects_again) {
    FaceServer served(RPCTLS_POLICY_TLS, [](rpctls_params *params) {
        giving(params);
        rpctls_params_set_idle_timeout(params, 500);
    });
    const Params params = resuming(served.files, served.port());
    const auto opened = Connection::open("127.0.0.1", program, 1, *params);
    BOOST_TEST_REQUIRE(opened.has_value());
    const auto call = [&] {
        return (*opened)->call(CallRequest{.procedure = face_count}).get().has_value() &&
               (*opened)->session() != nullptr;
    };
    BOOST_TEST(call());
    BOOST_TEST(rpctls_session_resumed((*opened)->session().get()) == 0);
    for (unsigned connections = 2; connections < 4; ++connections) {
        BOOST_TEST(served.eventually([&] { return served.server->connections() == 0; }));
        // The end is seen by then, or by this call, which is not sent twice.
        for (int tries = 0; tries < 10 && !call(); ++tries)
            continue;
        BOOST_TEST((*opened)->statistics().connections >= connections);
        BOOST_TEST(rpctls_session_resumed((*opened)->session().get()) == 1);
    }
    BOOST_TEST(served.logged("resumed=yes"));
    BOOST_TEST(met(params) == "resumed"); // a handle of the same parameters
}

BOOST_AUTO_TEST_CASE(R_5_12_openssl_resumes_with_our_server_and_gets_no_early_data_allowed) {
    const Served served(RPCTLS_POLICY_TLS, giving);
    const std::string file = served.files().path("session");
    const std::string first = s_client(served, "-alpn sunrpc -msg -sess_out " + file);
    BOOST_TEST(first.find("NewSessionTicket") != std::string::npos, first);
    BOOST_TEST(first.find("Max Early Data: 0") != std::string::npos, first);
    const std::string again = s_client(served, "-alpn sunrpc -sess_in " + file);
    BOOST_TEST(again.find("Reused, TLSv1.3") != std::string::npos, again);
    BOOST_TEST(served.logged("alpn=sunrpc resumed=yes"));
    // What is said now counts: another protocol than the session's before.
    BOOST_TEST(s_client(served, "-alpn h2 -sess_in " + file).find("alert number 120") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(R_5_12_our_client_resumes_with_openssl) {
    const Files files;
    const std::string port = free_port();
    const TlsTool tool(files.directory,
                       {"openssl", "s_server", "-accept", "127.0.0.1:" + port, "-tls1_3", "-alpn", "sunrpc",
                        "-cert", files.path("server.pem"), "-key", files.path("server.key")});
    ScriptedPeer relay([&](int fd) { offer_and_relay(fd, port); });
    const Params params = resuming(files, relay.port());
    for (const bool resumed : {false, true, true}) {
        const Client client = create(params);
        BOOST_TEST_REQUIRE((client != nullptr), tool.printed());
        BOOST_TEST(rpctls_session_resumed(rpctls_clnt_session(client.get())) == resumed);
        // s_server answers no call; waiting for an answer reads its tickets.
        const timeval patience{0, 200000};
        BOOST_TEST(
            (clnt_call(client.get(), 9, nothing, nullptr, nothing, nullptr, patience) == RPC_TIMEDOUT));
    }
}

BOOST_AUTO_TEST_SUITE_END()
