// SPDX-License-Identifier: LGPL-2.1-or-later
// Against a TLS client not written here: openssl s_client, behind a relay that asks for TLS first.
#include "rpc/base/text.hpp"
#include "rpctls/clnt.h"
#include "tests/unit/client/scripted_peer.hpp"
#include "tests/unit/octets.hpp"
#include "tests/unit/server/svc_relay.hpp"
#include "tests/unit/tls/tls_tool.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace rpctls;
using namespace rpctls::test;

BOOST_AUTO_TEST_SUITE(svc_tools)

namespace {

bool has(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(R_4_2_2_every_handshake_asks_for_the_client_s_certificate_even_where_nobody_insists) {
    const Served served(RPCTLS_POLICY_TLS);
    const std::string text = s_client(served, "-msg -alpn sunrpc");
    BOOST_TEST(has(text, "CertificateRequest"), text);
    BOOST_TEST(has(text, "Verification: OK"), text);
}

BOOST_AUTO_TEST_CASE(R_5_1_TLS_1_2_is_refused_with_alert_70) {
    const Served served(RPCTLS_POLICY_TLS);
    BOOST_TEST(has(s_client(served, "-tls1_2"), "alert number 70"));
    BOOST_TEST(served.logged("handshake failed: tls-version"));
}

BOOST_AUTO_TEST_CASE(R_5_8_ALPN_is_answered_with_sunrpc_alone) {
    const Served served(RPCTLS_POLICY_TLS);
    BOOST_TEST(has(s_client(served, "-alpn h2,sunrpc"), "ALPN protocol: sunrpc"));
    BOOST_TEST(served.logged("alpn=sunrpc"));
}

BOOST_AUTO_TEST_CASE(R_5_9_ALPN_without_sunrpc_is_refused_with_alert_120) {
    const Served served(RPCTLS_POLICY_TLS);
    BOOST_TEST(has(s_client(served, "-alpn h2"), "alert number 120"));
}

BOOST_AUTO_TEST_CASE(R_5_11_absent_ALPN_is_recorded_by_default_and_refused_by_setting) {
    const Served compatible(RPCTLS_POLICY_TLS);
    BOOST_TEST(has(s_client(compatible, ""), "Verification: OK"));
    BOOST_TEST(compatible.logged("alpn=absent"));
    const Served strict(RPCTLS_POLICY_TLS,
                        [](rpctls_params *params) { rpctls_params_set_strict_alpn(params, 1); });
    BOOST_TEST(has(s_client(strict, ""), "alert number 120"));
}

BOOST_AUTO_TEST_CASE(R_5_12_there_are_no_session_tickets_and_R_6_1_no_early_data) {
    const Served served(RPCTLS_POLICY_TLS);
    const std::string text = s_client(served, "-alpn sunrpc -msg");
    BOOST_TEST(has(text, "Verification: OK"));
    BOOST_TEST(!has(text, "NewSessionTicket"), text);
    BOOST_TEST(!has(text, "Early data was accepted"));
}

BOOST_AUTO_TEST_CASE(R_5_13_a_KeyUpdate_is_obeyed_and_the_next_call_answered) {
    const Served served(RPCTLS_POLICY_TLS,
                        [](rpctls_params *params) { rpctls_params_set_ktls(params, RPCTLS_KTLS_NEVER); });
    const auto call = call_record(proc_null);
    const std::string file = served.files().path("call");
    std::ofstream(file).write(reinterpret_cast<const char *>(call.data()),
                              static_cast<std::streamsize>(call.size()));
    const std::string text =
        s_client(served, "-alpn sunrpc -msg", "sleep 0.5; echo K; sleep 0.5; cat " + file + "; sleep 0.7");
    BOOST_TEST(has(text, "KeyUpdate"), text);
    // The answer: a record of 24 octets, the same xid, MSG_ACCEPTED
    BOOST_TEST(has(text, std::string("\x80\0\0\x18\x11\x22\x33\x44\0\0\0\1", 12)), text);
}

BOOST_AUTO_TEST_CASE(our_client_s_KeyUpdate_is_followed_by_openssl_and_asks_for_one_back) {
    const Files files;
    const std::string port = free_port();
    const TlsTool tool(files.directory,
                       {"openssl", "s_server", "-accept", "127.0.0.1:" + port, "-tls1_3", "-alpn", "sunrpc",
                        "-msg", "-cert", files.path("server.pem"), "-key", files.path("server.key")});
    ScriptedPeer relay([&](int fd) { offer_and_relay(fd, port); });
    rpctls_params *params = rpctls_params_new();
    rpctls_params_set_port(params, relay.port());
    rpctls_params_set_truststore(params, files.path("ca.pem").c_str());
    rpctls_params_set_ktls(params, RPCTLS_KTLS_NEVER);
    CLIENT *client = clnt_tls_create("127.0.0.1", program, 1, params);
    rpctls_params_free(params);
    BOOST_TEST_REQUIRE((client != nullptr), tool.printed());
    BOOST_TEST(rpctls_clnt_update_keys(client, 1) == 0);
    const timeval patience{0, 300000};
    // s_server prints what it opens, and answers no call.
    BOOST_TEST((clnt_call(client, 9, nothing, nullptr, nothing, nullptr, patience) == RPC_TIMEDOUT));
    clnt_destroy(client);
    const auto printed = [&](const char *text) {
        for (int i = 0; i < 300 && !tool.has_printed(text); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return tool.has_printed(text);
    };
    BOOST_TEST(printed("<<< TLS 1.3, Handshake [length 0005], KeyUpdate"), tool.printed());
    BOOST_TEST(printed("close_notify"), tool.printed());
    BOOST_TEST(rpctls_clnt_update_keys(nullptr, 0) == -1);
    BOOST_TEST(svc_tls_update_keys(nullptr, 0) == -1);
}

BOOST_AUTO_TEST_SUITE_END()
