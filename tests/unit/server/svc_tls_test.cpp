// SPDX-License-Identifier: LGPL-2.1-or-later
// svc_tls_create() with real sockets, real loops and a program as rpcgen makes it.
#include "rpc/base/text.hpp"
#include "rpc/wire/record.hpp"
#include "tests/unit/octets.hpp"
#include "tests/unit/server/svc_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdarg>

using namespace rpctls;
using namespace rpctls::test;

BOOST_AUTO_TEST_SUITE(svc_tls)

namespace {

const std::string accepted = hex(octets("00000001 00000000 00000000 00000000 00000000"));
const std::string with_token =
    hex(octets("80000020 11223344 00000001 00000000 00000000 00000008 53544152 54544c53 00000000"));
const std::string too_weak = hex(octets("00000001 00000001 00000001 00000005"));
const std::string badcred = hex(octets("00000001 00000001 00000001 00000001"));
const wire::OpaqueAuth auth_tls{wire::auth_flavor_tls, {}};

} // namespace

BOOST_AUTO_TEST_CASE(R_4_1_1_one_port_serves_with_and_without_TLS) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC);
    Caller clear(served.port());
    Caller protected_one(served.port());
    BOOST_TEST(clear.call(proc_null) == accepted);
    BOOST_TEST(protected_one.start_tls(served.files()) == "done");
    BOOST_TEST(protected_one.call(proc_null) == accepted);
    BOOST_TEST(clear.who() == "flavor 0, in clear");
    BOOST_TEST(protected_one.who() == "flavor 0, TLS 1.3, host unknown, binding 32");
    BOOST_TEST(served.logged("mode=none probe=none accepted"));
    BOOST_TEST(served.logged("mode=tls probe=answered version=\"TLS 1.3\""));
}

BOOST_AUTO_TEST_CASE(libtirpc_s_own_svc_run_serves_it_as_well_and_ends_with_it) {
    Served served(RPCTLS_POLICY_TLS, {}, Served::Loop::libtirpc);
    Caller caller(served.port());
    BOOST_TEST(caller.start_tls(served.files()) == "done");
    BOOST_TEST(caller.call(proc_null) == accepted);
    served.stop();
    BOOST_TEST(caller.end_of_session() == "closed");
}

BOOST_AUTO_TEST_CASE(R_4_1_6_and_7_the_token_comes_in_the_verifier_of_an_accepted_reply) {
    Served served(RPCTLS_POLICY_TLS);
    BOOST_TEST(Caller(served.port()).probe() == with_token);
}

BOOST_AUTO_TEST_CASE(
    R_4_1_8_a_version_that_is_not_registered_gets_PROG_MISMATCH_with_the_token_and_a_session) {
    Served served(RPCTLS_POLICY_TLS);
    Caller caller(served.port());
    BOOST_TEST(caller.probe(9) == hex(octets("80000028 11223344 00000001 00000000 00000000 00000008 53544152 "
                                             "54544c53 00000002 00000001 00000002")));
    BOOST_TEST(caller.shake_hands(served.files()) == "done");
    BOOST_TEST(caller.call(proc_null) == accepted);
}

BOOST_AUTO_TEST_CASE(R_4_1_19_AUTH_TLS_on_another_procedure_is_denied_and_its_handler_not_run) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC);
    Caller caller(served.port());
    const unsigned before = effects;
    BOOST_TEST(caller.call(proc_count, {}, auth_tls) == badcred);
    BOOST_TEST(effects == before);
    BOOST_TEST(caller.start_tls(served.files()) == "done");
}

BOOST_AUTO_TEST_CASE(R_4_1_20_a_probe_inside_a_session_is_denied_and_the_session_lives_on) {
    Served served(RPCTLS_POLICY_TLS);
    Caller caller(served.port());
    BOOST_TEST(caller.start_tls(served.files()) == "done");
    BOOST_TEST(caller.call(proc_null, {}, auth_tls) == badcred);
    BOOST_TEST(caller.call(proc_null) == accepted);
}

BOOST_AUTO_TEST_CASE(
    R_4_2_1_without_an_identity_a_probe_is_answered_without_the_token_and_insisting_is_refused) {
    const auto without = [](rpctls_params *params) {
        rpctls_params_set_identity_files(params, nullptr, nullptr);
    };
    Served served(RPCTLS_POLICY_OPPORTUNISTIC, without);
    Caller caller(served.port());
    BOOST_TEST(caller.probe() ==
               hex(octets("80000018 11223344 00000001 00000000 00000000 00000000 00000000")));
    BOOST_TEST(caller.call(proc_null) == accepted);
    rpctls_params *params = rpctls_params_new();
    BOOST_TEST((svc_tls_create("127.0.0.1", 0, params) == nullptr));
    BOOST_TEST(rpctls_error_name(rpctls_last_error()) == std::string("server-identity-missing"));
    rpctls_params_free(params);
}

BOOST_AUTO_TEST_CASE(R_4_2_4_under_mutual_authentication_a_client_without_a_certificate_runs_nothing) {
    Served served(RPCTLS_POLICY_MTLS);
    Caller anonymous(served.port());
    // The client's handshake ends before the server has judged (R-4.2-5).
    BOOST_TEST(anonymous.start_tls(served.files()) == "done");
    const unsigned before = effects;
    BOOST_TEST(anonymous.call(proc_count) == "");
    BOOST_TEST(effects == before);
    Caller known(served.port());
    BOOST_TEST(known.start_tls(served.files(), &served.files().client) == "done");
    BOOST_TEST(known.call(proc_null) == accepted);
    const Certified other_ca = certify({.common_name = "Other CA", .is_ca = true});
    const Certified stranger = certify({.common_name = "stranger"}, &other_ca);
    Caller unknown(served.port());
    BOOST_TEST(unknown.start_tls(served.files(), &stranger) == "done");
    BOOST_TEST(unknown.call(proc_null) == "");
    BOOST_TEST(served.logged("handshake failed: certificate-missing"));
    BOOST_TEST(served.logged("handshake failed: ca-not-trusted"));
    BOOST_TEST(served.logged("mode=mtls probe=answered"));
}

BOOST_AUTO_TEST_CASE(R_4_2_6_and_7_a_host_s_identity_and_a_user_s_credential_are_two_things_and_both_arrive) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC);
    Caller clear(served.port());
    BOOST_TEST(clear.who(auth_sys(1234)) == "flavor 1 uid 1234 on unit, in clear");
    Caller caller(served.port());
    BOOST_TEST(caller.start_tls(served.files(), &served.files().client) == "done");
    BOOST_TEST(caller.who(auth_sys(1234)) ==
               "flavor 1 uid 1234 on unit, TLS 1.3, host CN=client, binding 32");
    BOOST_TEST(caller.who() == "flavor 0, TLS 1.3, host CN=client, binding 32");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_1_a_ClientHello_before_a_probe_gets_no_TLS_and_a_prompt_end) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC);
    Caller caller(served.port());
    caller.send_clear(octets("16030100 c8010000 c40303"));
    BOOST_TEST(caller.receive_to_end().empty());
    BOOST_TEST(served.logged("record-too-large"));
}

BOOST_AUTO_TEST_CASE(R_5_1_1_2_and_3_a_call_behind_the_probe_has_no_effect_and_the_connection_ends) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC);
    Caller caller(served.port());
    const unsigned before = effects;
    caller.send_clear(concatenated({call_record(proc_null, {}, auth_tls), call_record(proc_count)}));
    BOOST_TEST(hex(caller.receive_to_end()) == with_token);
    BOOST_TEST(effects == before);
    BOOST_TEST(served.logged("octets in clear behind the probe"));
}

BOOST_AUTO_TEST_CASE(R_5_1_1_6_a_clear_record_in_the_middle_of_a_session_ends_it) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC);
    Caller caller(served.port());
    BOOST_TEST(caller.start_tls(served.files()) == "done");
    BOOST_TEST(caller.call(proc_null) == accepted);
    const unsigned before = effects;
    caller.send_clear(call_record(proc_count));
    BOOST_TEST(caller.end_of_session() != "nothing");
    BOOST_TEST(effects == before);
}

BOOST_AUTO_TEST_CASE(R_5_1_1_7_record_marking_and_TLS_records_do_not_depend_on_each_other) {
    Served served(RPCTLS_POLICY_TLS);
    Caller caller(served.port());
    BOOST_TEST(caller.start_tls(served.files()) == "done");
    const auto call = call_record(proc_null);
    for (const std::byte octet : call)
        caller.send(std::span(&octet, 1));
    BOOST_TEST(caller.answer() == accepted);
    caller.send(concatenated({call, call, call}));
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(caller.answer() == accepted);
    const auto message = std::span(call).subspan(4);
    caller.send(concatenated({number(8), message.first(8), number(12), message.subspan(8, 12),
                              number(0x80000000U | 20), message.subspan(20)}));
    BOOST_TEST(caller.answer() == accepted);
}

BOOST_AUTO_TEST_CASE(R_5_1_1_10_a_session_ends_with_close_notify_when_idle_and_when_the_server_stops) {
    Served served(RPCTLS_POLICY_TLS,
                  [](rpctls_params *params) { rpctls_params_set_idle_timeout(params, 200); });
    Caller idle(served.port());
    BOOST_TEST(idle.start_tls(served.files()) == "done");
    BOOST_TEST(idle.call(proc_null) == accepted);
    BOOST_TEST(idle.end_of_session() == "closed");
    BOOST_TEST(served.logged("ended: idle"));
    Caller caller(served.port());
    BOOST_TEST(caller.start_tls(served.files()) == "done");
    served.stop();
    BOOST_TEST(caller.end_of_session() == "closed");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_12_after_the_end_of_a_session_a_clear_call_gets_nothing) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC);
    Caller caller(served.port());
    BOOST_TEST(caller.start_tls(served.files()) == "done");
    const unsigned before = effects;
    caller.session().close();
    caller.send_clear(call_record(proc_count));
    BOOST_TEST(caller.end_of_session() == "closed");
    BOOST_TEST(effects == before);
}

BOOST_AUTO_TEST_CASE(R_6_1_1_3_a_server_that_insists_denies_clear_calls_and_answers_the_probe_all_the_same) {
    Served served(RPCTLS_POLICY_TLS);
    Caller caller(served.port());
    const unsigned before = effects;
    BOOST_TEST(caller.call(proc_count, {}, auth_sys(0)) == too_weak);
    BOOST_TEST(effects == before);
    BOOST_TEST(caller.start_tls(served.files()) == "done");
    BOOST_TEST(caller.call(proc_null) == accepted);
    BOOST_TEST(served.logged("refused: AUTH_TOOWEAK"));
}

BOOST_AUTO_TEST_CASE(an_unmodified_libtirpc_client_is_served_in_clear_on_the_same_port) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(served.port());
    int fd = RPC_ANYSOCK;
    CLIENT *client = clnttcp_create(&address, program, 1, &fd, 0, 0);
    BOOST_TEST_REQUIRE((client != nullptr));
    client->cl_auth = authunix_create_default();
    const timeval patience{5, 0};
    const auto call = [&](std::uint32_t procedure, xdrproc_t results, void *where) {
        return client->cl_ops->cl_call(client, procedure, nothing, nullptr, results, where, patience);
    };
    const unsigned before = effects;
    std::uint32_t value = 0;
    for (unsigned i = 1; i <= 3; ++i) {
        BOOST_TEST((call(proc_count, one_number, &value) == RPC_SUCCESS));
        BOOST_TEST(value == before + i);
    }
    BOOST_TEST((call(99, nothing, nullptr) == RPC_PROCUNAVAIL));
    auth_destroy(client->cl_auth);
    clnt_destroy(client);
}

BOOST_AUTO_TEST_CASE(large_calls_and_replies_go_through_whole_and_too_large_ones_are_told) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC,
                  [](rpctls_params *params) { rpctls_params_set_record_limit(params, 2 << 20); });
    for (const bool with_tls : {false, true}) {
        Caller caller(served.port());
        if (with_tls)
            BOOST_TEST(caller.start_tls(served.files()) == "done");
        std::vector<std::byte> payload(1 << 20);
        for (std::size_t i = 0; i < payload.size(); ++i)
            payload[i] = static_cast<std::byte>(i * 7 >> 3);
        caller.send(call_record(proc_echo, opaque(payload)));
        const auto reply = caller.receive();
        BOOST_TEST_REQUIRE(reply.size() == 24 + 4 + payload.size());
        BOOST_TEST((std::equal(payload.begin(), payload.end(), reply.begin() + 28)));
        // SYSTEM_ERR: rpcgen's way when svc_sendreply() fails
        BOOST_TEST(caller.call(proc_big, number(3 << 20)) ==
                   hex(octets("00000001 00000000 00000000 00000000 00000005")));
        BOOST_TEST(caller.call(proc_null) == accepted);
    }
}

BOOST_AUTO_TEST_CASE(arguments_that_make_no_sense_are_GARBAGE_ARGS_and_a_call_without_a_reply_stays_without) {
    Served served(RPCTLS_POLICY_TLS);
    Caller caller(served.port());
    BOOST_TEST(caller.start_tls(served.files()) == "done");
    BOOST_TEST(caller.call(proc_echo, number(77)) ==
               hex(octets("00000001 00000000 00000000 00000000 00000004")));
    caller.send(call_record(proc_silent));
    BOOST_TEST(caller.call(proc_null) == accepted);
}

BOOST_AUTO_TEST_CASE(R_5_2_1_13_a_reload_ends_the_sessions_of_revoked_clients_and_no_others) {
    Served served(RPCTLS_POLICY_MTLS, [&](rpctls_params *) {});
    (void)served;
    const Files files;
    const Certified second = certify({.common_name = "second"}, &files.ca);
    files.write("crl.pem", revoke(files.ca, {}));
    Served strict(RPCTLS_POLICY_MTLS, [&](rpctls_params *params) {
        files.serve(params);
        rpctls_params_set_crl(params, files.path("crl.pem").c_str());
    });
    Caller one(strict.port());
    Caller two(strict.port());
    BOOST_TEST(one.start_tls(files, &files.client) == "done");
    BOOST_TEST(two.start_tls(files, &second) == "done");
    BOOST_TEST(one.call(proc_null) == accepted);
    BOOST_TEST(two.call(proc_null) == accepted);
    files.write("crl.pem", "no list at all");
    BOOST_TEST(svc_tls_reload(strict.listener()) == -1);
    BOOST_TEST(one.call(proc_null) == accepted);
    files.write("crl.pem", revoke(files.ca, {files.client}));
    BOOST_TEST(svc_tls_reload(strict.listener()) == 0);
    BOOST_TEST(one.end_of_session() == "closed");
    BOOST_TEST(two.call(proc_null) == accepted);
    BOOST_TEST(strict.logged("no longer accepted: certificate-revoked"));
    Caller again(strict.port());
    BOOST_TEST(again.start_tls(files, &files.client) == "done");
    BOOST_TEST(again.call(proc_null) == "");
}

BOOST_AUTO_TEST_CASE(a_stop_answers_what_has_arrived_and_lets_nobody_else_in) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC,
                  [](rpctls_params *params) { rpctls_params_set_drain_timeout(params, 300); });
    Caller quiet(served.port());
    Caller halfway(served.port());
    BOOST_TEST(quiet.call(proc_null) == accepted);
    const auto call = call_record(proc_null);
    halfway.send_clear(std::span(call).first(20));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    svc_tls_stop(served.listener());
    BOOST_TEST(quiet.receive_to_end().empty());
    halfway.send_clear(std::span(call).subspan(20));
    BOOST_TEST(halfway.receive_to_end().size() == 28u);
    served.stop();
    BOOST_TEST(svc_tls_run(nullptr) == -1);
}

BOOST_AUTO_TEST_SUITE_END()
