// SPDX-License-Identifier: LGPL-2.1-or-later
// Server with real sockets and threads: what clients of each kind get, and what handlers are given.
#include "rpc/base/text.hpp"
#include "rpctls/clnt.h"
#include "tests/unit/octets.hpp"
#include "tests/unit/server/server_fixture.hpp"

using namespace rpctls;
using namespace rpctls::test;

BOOST_AUTO_TEST_SUITE(cxx_server)

namespace {

const std::string accepted = hex(octets("00000001 00000000 00000000 00000000 00000000"));
const std::string token_verifier = hex(octets("00000001 00000000 00000000 00000008 53544152 54544c53"));
const std::string system_err = hex(octets("00000001 00000000 00000000 00000000 00000005"));
const std::string badcred = hex(octets("00000001 00000001 00000001 00000001"));
const std::string rejectedcred = hex(octets("00000001 00000001 00000001 00000002"));
const std::string too_weak = hex(octets("00000001 00000001 00000001 00000005"));
const wire::OpaqueAuth auth_tls{wire::auth_flavor_tls, {}};

} // namespace

BOOST_AUTO_TEST_CASE(one_port_serves_with_and_without_TLS_and_handlers_learn_who_calls) {
    FaceServer served(RPCTLS_POLICY_OPPORTUNISTIC);
    Caller clear(served.port());
    BOOST_TEST(clear.call(proc_null) == accepted);
    BOOST_TEST(clear.who(auth_sys(1234)) == "flavor 1 uid 1234 on unit, in clear");
    Caller anonymous(served.port());
    BOOST_TEST(anonymous.start_tls(served.files) == "done");
    BOOST_TEST(anonymous.who() == "flavor 0, TLS 1.3, host unknown");
    Caller known(served.port());
    BOOST_TEST(known.start_tls(served.files, &served.files.client) == "done");
    BOOST_TEST(known.who(auth_sys(7)) == "flavor 1 uid 7 on unit, TLS 1.3, host CN=client");
    const auto payload = opaque(octets("01020304 05060708 09"));
    BOOST_TEST(known.call(face_echo, payload) == accepted + hex(payload));
    BOOST_TEST(served.logged("mode=none probe=none accepted"));
    BOOST_TEST(served.logged("mode=mtls probe=answered version=\"TLS 1.3\""));
    BOOST_TEST(served.server->connections() == 3u);
}

BOOST_AUTO_TEST_CASE(each_answer_of_RFC_5531_comes_from_the_server_or_its_handlers) {
    FaceServer served(RPCTLS_POLICY_TLS);
    Caller caller(served.port());
    BOOST_TEST(caller.probe(2) ==
               hex(octets("80000028 11223344")) + token_verifier + hex(octets("00000002 00000001 00000003")));
    BOOST_TEST(caller.shake_hands(served.files) == "done");
    const std::string head = hex(octets("00000001 00000000 00000000 00000000"));
    BOOST_TEST(caller.call(face_echo, {}, {}, 2) == head + hex(octets("00000002 00000001 00000003")));
    BOOST_TEST(caller.call(77) == head + hex(octets("00000003")));
    BOOST_TEST(caller.call(face_garbage) == head + hex(octets("00000004")));
    BOOST_TEST(caller.call(face_drop) == system_err);
    BOOST_TEST(caller.call(face_throw) == system_err);
    BOOST_TEST(caller.call(face_big, number(5 << 20)) == system_err);
    BOOST_TEST(caller.call(face_deny) == rejectedcred);
    BOOST_TEST(caller.call(proc_null, {}, auth_tls) == badcred);
    BOOST_TEST(caller.call(proc_null, {}, {6, {}}) == rejectedcred);
    BOOST_TEST(caller.call(proc_null, {}, {1, octets("00000000 000000ff")}) == badcred);
    auto other = call_record(face_echo);
    other[4 + 12 + 3] = std::byte{0x78}; // another program
    caller.send(other);
    BOOST_TEST(caller.answer() == head + hex(octets("00000001")));
    BOOST_TEST(caller.call(proc_null, {}, {}, 3) == accepted);
}

BOOST_AUTO_TEST_CASE(policies_hold_and_a_call_in_clear_behind_the_probe_has_no_effect) {
    FaceServer tls(RPCTLS_POLICY_TLS);
    Caller clear(tls.port());
    BOOST_TEST(clear.call(face_count, {}, auth_sys(0)) == too_weak);
    BOOST_TEST(clear.start_tls(tls.files) == "done");
    BOOST_TEST(clear.call(face_count) == accepted);
    Caller eager(tls.port());
    eager.send_clear(concatenated({call_record(proc_null, {}, auth_tls), call_record(face_count)}));
    BOOST_TEST(eager.receive_to_end().size() == 36u);
    BOOST_TEST(tls.count == 1u);

    FaceServer mutual(RPCTLS_POLICY_MTLS);
    Caller anonymous(mutual.port());
    BOOST_TEST(anonymous.start_tls(mutual.files) == "done"); // the server judges after it
    BOOST_TEST(anonymous.call(face_count) == "");
    Caller known(mutual.port());
    BOOST_TEST(known.start_tls(mutual.files, &mutual.files.client) == "done");
    BOOST_TEST(known.call(face_count) == accepted);
    BOOST_TEST(mutual.count == 1u);
    BOOST_TEST(mutual.logged("handshake failed: certificate-missing"));

    FaceServer none(RPCTLS_POLICY_NONE);
    Caller plain(none.port());
    BOOST_TEST(plain.probe() ==
               hex(octets("80000018 11223344 00000001 00000000 00000000 00000000 00000000")));
    BOOST_TEST(plain.call(face_count) == accepted);
    Files files;
    rpctls_params *params = rpctls_params_new();
    const auto refused = Server::listen("127.0.0.1", 0, params);
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().name == "server-identity-missing");
    rpctls_params_free(params);
}

BOOST_AUTO_TEST_CASE(the_C_face_s_client_is_served) {
    FaceServer served(RPCTLS_POLICY_MTLS);
    rpctls_params *params = rpctls_params_new();
    rpctls_params_set_policy(params, RPCTLS_POLICY_MTLS);
    rpctls_params_set_truststore(params, served.files.path("ca.pem").c_str());
    rpctls_params_set_identity_files(params, served.files.path("client.pem").c_str(),
                                     served.files.path("client.key").c_str());
    rpctls_params_set_port(params, served.port());
    CLIENT *client = clnt_tls_create("127.0.0.1", program, 1, params);
    rpctls_params_free(params);
    BOOST_TEST_REQUIRE((client != nullptr));
    std::uint32_t in = 0x01020304, out = 0;
    BOOST_TEST((client->cl_ops->cl_call(client, face_echo, one_number, &in, one_number, &out, {5, 0}) ==
                RPC_SUCCESS));
    BOOST_TEST(in == out);
    clnt_destroy(client);
}

BOOST_AUTO_TEST_CASE(answers_may_come_late_from_other_threads_and_out_of_order) {
    FaceServer served(RPCTLS_POLICY_TLS);
    Caller caller(served.port());
    BOOST_TEST(caller.start_tls(served.files) == "done");
    for (std::uint32_t xid = 1; xid <= 8; ++xid)
        caller.send(call_record(face_keep, number(xid), {}, 1, xid));
    auto kept = served.take_kept(8);
    BOOST_TEST(caller.call(proc_null) == accepted); // overtakes them
    std::thread answering([&] {
        for (; !kept.empty(); kept.pop_back()) {
            const auto arguments = kept.back().arguments();
            kept.back().reply(std::vector<std::byte>(arguments.begin(), arguments.end()));
        }
    });
    for (std::uint32_t xid = 8; xid >= 1; --xid)
        BOOST_TEST(hex(caller.receive()) == hex(number(xid)) + accepted + hex(number(xid)));
    answering.join();
}

BOOST_AUTO_TEST_CASE(an_executor_runs_handlers_and_calls_outlive_connection_and_server) {
    std::deque<std::function<void()>> tasks;
    std::mutex mutex;
    std::optional<Call> survivor;
    {
        FaceServer served(RPCTLS_POLICY_TLS, [](auto *params) { rpctls_params_set_drain_timeout(params, 1); },
                          {.io_threads = 1, .handshake_threads = 1, .executor = [&](auto task) {
                               const std::scoped_lock lock(mutex);
                               tasks.push_back(std::move(task));
                           }});
        Caller caller(served.port());
        BOOST_TEST(caller.start_tls(served.files) == "done");
        caller.send(call_record(face_count));
        const auto waits = [&] {
            const std::scoped_lock lock(mutex);
            return !tasks.empty();
        };
        BOOST_TEST(served.eventually(waits));
        BOOST_TEST(served.count == 0u);
        tasks.front()();
        BOOST_TEST(caller.answer() == accepted);
        tasks.clear();
        caller.send(call_record(face_keep));
        BOOST_TEST(served.eventually(waits));
        tasks.front()();
        survivor = std::move(served.take_kept(1).front());
    }
    BOOST_TEST(std::string(rpctls_session_tls_version(survivor->session())) == "TLS 1.3");
    survivor->reply();
}

BOOST_AUTO_TEST_CASE(a_probe_waits_for_the_calls_before_it) {
    FaceServer served(RPCTLS_POLICY_OPPORTUNISTIC);
    Caller caller(served.port());
    caller.send_clear(call_record(face_keep));
    auto kept = served.take_kept(1);
    caller.send_clear(call_record(proc_null, {}, auth_tls));
    kept.front().reply(number(42));
    BOOST_TEST(caller.answer() == accepted + hex(number(42)));
    BOOST_TEST(caller.answer() == token_verifier + hex(number(0)));
    BOOST_TEST(caller.shake_hands(served.files) == "done");
    BOOST_TEST(caller.who() == "flavor 0, TLS 1.3, host unknown");
}

BOOST_AUTO_TEST_CASE(a_reload_ends_the_sessions_of_revoked_clients_and_no_others) {
    const Files files;
    const Certified second = certify({.common_name = "second"}, &files.ca);
    files.write("crl.pem", revoke(files.ca, {}));
    FaceServer served(RPCTLS_POLICY_MTLS, [&](rpctls_params *params) {
        files.serve(params);
        rpctls_params_set_crl(params, files.path("crl.pem").c_str());
    });
    Caller one(served.port()), two(served.port());
    BOOST_TEST(one.start_tls(files, &files.client) == "done");
    BOOST_TEST(two.start_tls(files, &second) == "done");
    BOOST_TEST(one.call(proc_null) == accepted);
    BOOST_TEST(two.call(proc_null) == accepted);
    files.write("crl.pem", "no list at all");
    BOOST_TEST(!served.server->reload().has_value());
    BOOST_TEST(one.call(proc_null) == accepted);
    files.write("crl.pem", revoke(files.ca, {files.client}));
    BOOST_TEST(served.server->reload().has_value());
    BOOST_TEST(one.end_of_session() == "closed");
    BOOST_TEST(two.call(proc_null) == accepted);
    BOOST_TEST(served.logged("no longer accepted: certificate-revoked"));
}

BOOST_AUTO_TEST_CASE(R_5_2_1_11_a_client_is_known_by_the_issuer_and_the_number_of_its_certificate_together) {
    const Files files;
    const Certified other_ca = certify({.common_name = "other CA", .is_ca = true});
    files.write("both.pem", files.ca.certificate + other_ca.certificate);
    const std::vector<Certified> clients{certify({.common_name = "client", .serial = 0xf1}, &files.ca),
                                         certify({.common_name = "client", .serial = 0xf1}, &other_ca),
                                         certify({.common_name = "client", .serial = 0xf2}, &files.ca)};
    FaceServer served(RPCTLS_POLICY_MTLS, [&](rpctls_params *params) { files.serve(params, "both.pem"); });
    std::mutex mutex;
    std::vector<std::string> seen;
    served.others = [&](Call call) {
        {
            const std::scoped_lock lock(mutex);
            seen.push_back(std::string(rpctls_session_peer_issuer(call.session())) + " " +
                           rpctls_session_peer_serial(call.session()));
        }
        call.reply();
    };
    for (const Certified &client : clients) {
        Caller caller(served.port());
        BOOST_TEST_REQUIRE(caller.start_tls(files, &client) == "done");
        BOOST_TEST(caller.call(77) == accepted);
    }
    const std::scoped_lock lock(mutex);
    std::string first;
    for (int i = 0; i < 19; ++i)
        first += "5a";
    BOOST_TEST(seen == (std::vector<std::string>{"CN=Test CA " + first + "f1", "CN=other CA " + first + "f1",
                                                 "CN=Test CA " + first + "f2"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(R_6_3_2_a_handler_has_the_host_and_the_users_it_speaks_for_and_may_refuse_some) {
    FaceServer served(RPCTLS_POLICY_MTLS);
    const Certified other = certify({.common_name = "other"}, &served.files.ca);
    served.others = [](Call call) {
        const std::string host = rpctls_session_peer_subject(call.session());
        const auto &sys = call.credential().sys;
        if (sys && (host == "CN=client" || sys->uid == 65534))
            return call.reply();
        call.deny(static_cast<std::uint32_t>(AUTH_REJECTEDCRED));
    };
    Caller trusted(served.port()), guest(served.port());
    BOOST_TEST_REQUIRE(trusted.start_tls(served.files, &served.files.client) == "done");
    BOOST_TEST_REQUIRE(guest.start_tls(served.files, &other) == "done");
    BOOST_TEST(trusted.call(77, {}, auth_sys(1000)) == accepted);
    BOOST_TEST(guest.call(77, {}, auth_sys(1000)) == rejectedcred);
    BOOST_TEST(guest.call(77, {}, auth_sys(65534)) == accepted);
    BOOST_TEST(trusted.call(77) == rejectedcred);
}

BOOST_AUTO_TEST_CASE(a_stop_answers_calls_under_way_ends_with_close_notify_and_lets_nobody_in) {
    FaceServer served(RPCTLS_POLICY_TLS);
    Caller busy(served.port()), idle(served.port());
    BOOST_TEST(busy.start_tls(served.files) == "done");
    BOOST_TEST(idle.start_tls(served.files) == "done");
    BOOST_TEST(idle.call(proc_null) == accepted);
    busy.send(call_record(face_keep));
    auto kept = served.take_kept(1);
    served.server->stop();
    BOOST_TEST(idle.end_of_session() == "closed");
    kept.front().reply();
    BOOST_TEST(busy.answer() == accepted);
    BOOST_TEST(busy.end_of_session() == "closed");
    served.server->wait();
    BOOST_TEST(served.server->connections() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
