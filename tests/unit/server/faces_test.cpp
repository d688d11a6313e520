// SPDX-License-Identifier: LGPL-2.1-or-later
// The library's two clients and two servers, each with the one of the other language: a Connection calls what
// svc_tls_create() serves, a handle of clnt_tls_create() calls a Server.
#include "rpc/base/text.hpp"
#include "rpctls/connection.hpp"
#include "tests/unit/octets.hpp"
#include "tests/unit/server/calling.hpp"
#include "tests/unit/server/server_fixture.hpp"
#include "tests/unit/server/svc_relay.hpp"

#include <algorithm>

using namespace rpctls;
using namespace rpctls::test;

namespace {

Params proving(const Files &files, std::uint16_t port) {
    Params params = calling(port);
    rpctls_params_set_policy(params.get(), RPCTLS_POLICY_MTLS);
    rpctls_params_set_truststore(params.get(), files.path("ca.pem").c_str());
    rpctls_params_set_identity_files(params.get(), files.path("client.pem").c_str(),
                                     files.path("client.key").c_str());
    return params;
}

Params anonymous(const Files &files, std::uint16_t port) {
    Params params = proving(files, port);
    rpctls_params_set_policy(params.get(), RPCTLS_POLICY_TLS);
    rpctls_params_set_identity_files(params.get(), nullptr, nullptr);
    return params;
}

std::unique_ptr<Connection> open(const Params &params, std::uint32_t version = 1) {
    auto opened = Connection::open("127.0.0.1", program, version, *params);
    BOOST_TEST_REQUIRE(opened.has_value(), (opened ? "" : summary(opened.error())));
    return std::move(*opened);
}

/// The results in hexadecimal, or the error's name.
std::string answer(std::future<Result<CallReply>> future) {
    const auto reply = future.get();
    return reply ? hex(reply->results()) : reply.error().name;
}

std::string text_in(std::future<Result<CallReply>> future) {
    const auto reply = future.get();
    if (!reply)
        return reply.error().name;
    const auto size = std::to_integer<std::size_t>(reply->results()[3]);
    return std::string(as_text(reply->results().subspan(4, size)));
}

clnt_stat call_number(CLIENT *client, std::uint32_t procedure, std::uint32_t in, std::uint32_t &out) {
    return clnt_call(client, procedure, one_number, &in, one_number, &out, (timeval{5, 0}));
}

} // namespace

BOOST_AUTO_TEST_SUITE(faces)

BOOST_AUTO_TEST_CASE(R_5_5_a_Connection_s_calls_reach_a_dispatch_function_that_knows_host_and_user) {
    const Served served(RPCTLS_POLICY_MTLS);
    const auto connection = open(proving(served.files(), served.port()));
    const auto credential = std::make_shared<const CallCredential>(
        *make_credential({.machine = "unit", .uid = 1234, .gid = 1, .gids = {2, 3}}));
    BOOST_TEST(text_in(connection->call(CallRequest{.procedure = proc_who, .credential = credential})) ==
               "flavor 1 uid 1234 on unit, TLS 1.3, host CN=client, binding 32");
    BOOST_TEST(text_in(connection->call(CallRequest{.procedure = proc_who})) ==
               "flavor 0, TLS 1.3, host CN=client, binding 32");
    BOOST_TEST(rpctls_session_certificate_sent(connection->session().get()) == 1);
    BOOST_TEST(rpctls_session_peer_subject(connection->session().get()) == std::string("CN=server"));
}

BOOST_AUTO_TEST_CASE(a_Connection_s_many_and_large_calls_are_answered_by_a_dispatch_function) {
    const Served served(RPCTLS_POLICY_TLS);
    const auto connection = open(anonymous(served.files(), served.port()));
    const auto large = opaque(std::vector<std::byte>(3 << 20, std::byte{'x'}));
    auto last = connection->call(CallRequest{.procedure = proc_echo, .arguments = {large}});
    std::vector<std::vector<std::byte>> arguments;
    for (std::uint32_t i = 0; i < 300; ++i)
        arguments.push_back(opaque(number(i)));
    std::vector<std::future<Result<CallReply>>> calls;
    for (const auto &each : arguments)
        calls.push_back(connection->call(CallRequest{.procedure = proc_echo, .arguments = {each}}));
    for (std::size_t i = 0; i < calls.size(); ++i)
        BOOST_TEST(answer(std::move(calls[i])) == hex(arguments[i]));
    const auto echoed = last.get();
    BOOST_TEST_REQUIRE(echoed.has_value());
    BOOST_TEST(std::ranges::equal(echoed->results(), large));
    BOOST_TEST(connection->statistics().connections == 1u);
}

BOOST_AUTO_TEST_CASE(a_Connection_is_told_what_svc_tls_create_refuses_and_when_it_ends) {
    Served served(RPCTLS_POLICY_MTLS);
    const auto connection = open(proving(served.files(), served.port()));
    BOOST_TEST(answer(connection->call(CallRequest{.procedure = 99})) == "procedure-unavailable");
    BOOST_TEST(answer(connection->call(CallRequest{.procedure = proc_echo})) == "arguments-undecodable");
    const auto none = std::make_shared<const CallCredential>(CallCredential{.flavor = 77});
    BOOST_TEST(answer(connection->call(CallRequest{.procedure = proc_null, .credential = none})) ==
               "rpc-denied");
    BOOST_TEST(answer(connection->call(CallRequest{.procedure = proc_null})) == "");
    const Params clear = calling(served.port());
    rpctls_params_set_policy(clear.get(), RPCTLS_POLICY_NONE);
    BOOST_TEST(answer(open(clear)->call(CallRequest{.procedure = proc_null})) == "rpc-denied");
    // In TLS 1.3 the verdict on a client comes behind its own part of the handshake.
    const auto nobody = open(anonymous(served.files(), served.port()));
    BOOST_TEST(answer(nobody->call(CallRequest{.procedure = proc_null})) == "client-certificate-required");
    served.stop();
    const std::string told = answer(connection->call(CallRequest{.procedure = proc_null}));
    BOOST_TEST((told == "connection-refused" || told == "rpc-closed"), told);
}

BOOST_AUTO_TEST_CASE(R_5_5_a_handle_s_calls_reach_a_handler_that_knows_host_and_user) {
    FaceServer served(RPCTLS_POLICY_MTLS);
    const Client client = create(proving(served.files, served.port()));
    BOOST_TEST(outcome(client) == "ok");
    BOOST_TEST(who_is_calling(client.get()) == "flavor 0, TLS 1.3, host CN=client");
    char machine[] = "unit";
    gid_t group = 7;
    client->cl_auth = authunix_create(machine, 1234, 5, 1, &group);
    BOOST_TEST(who_is_calling(client.get()) == "flavor 1 uid 1234 on unit, TLS 1.3, host CN=client");
    auth_destroy(client->cl_auth);
    client->cl_auth = authnone_create();
    BOOST_TEST(rpctls_clnt_update_keys(client.get(), 1) == 0);
    std::uint32_t out = 0;
    BOOST_TEST((call_number(client.get(), face_echo, 7, out) == RPC_SUCCESS));
    BOOST_TEST(out == 7u);
}

BOOST_AUTO_TEST_CASE(a_handle_that_threads_share_is_told_each_answer_of_a_Server) {
    FaceServer served(RPCTLS_POLICY_TLS);
    const Client client = create(anonymous(served.files, served.port()));
    BOOST_TEST(outcome(client) == "ok");
    std::atomic<unsigned> right{0};
    std::vector<std::thread> threads;
    for (std::uint32_t from = 0; from < 3; ++from)
        threads.emplace_back([&, from] {
            for (std::uint32_t i = 0; i < 50; ++i) {
                std::uint32_t out = 0;
                right += call_number(client.get(), face_echo, from * 100 + i, out) == RPC_SUCCESS &&
                         out == from * 100 + i;
            }
        });
    for (std::thread &thread : threads)
        thread.join();
    BOOST_TEST(right == 150u);
    std::uint32_t out = 0;
    BOOST_TEST((call_number(client.get(), face_garbage, 0, out) == RPC_CANTDECODEARGS));
    BOOST_TEST((call_number(client.get(), 99, 0, out) == RPC_PROCUNAVAIL));
    BOOST_TEST((call_number(client.get(), face_throw, 0, out) == RPC_SYSTEMERROR));
    BOOST_TEST((call_number(client.get(), face_deny, 0, out) == RPC_AUTHERROR));
    BOOST_TEST((call_number(client.get(), face_echo, 5, out) == RPC_SUCCESS));
    served.stop();
    BOOST_TEST((call_number(client.get(), face_echo, 5, out) != RPC_SUCCESS));
    BOOST_TEST((create(anonymous(served.files, served.port())) == nullptr));
    BOOST_TEST(rpc_createerr.cf_stat == RPC_SYSTEMERROR);
}

BOOST_AUTO_TEST_CASE(R_5_11_a_Server_records_absent_ALPN_by_default_and_refuses_it_by_setting) {
    const FaceServer compatible(RPCTLS_POLICY_TLS);
    BOOST_TEST(s_client(compatible.port(), compatible.files, "").find("Verification: OK") !=
               std::string::npos);
    BOOST_TEST(compatible.logged("alpn=absent"));
    const FaceServer strict(RPCTLS_POLICY_TLS,
                            [](rpctls_params *params) { rpctls_params_set_strict_alpn(params, 1); });
    BOOST_TEST(s_client(strict.port(), strict.files, "").find("alert number 120") != std::string::npos);
    BOOST_TEST(strict.logged("handshake failed: alpn-missing"));
    BOOST_TEST(s_client(strict.port(), strict.files, "-alpn h2").find("alert number 120") !=
               std::string::npos);
    BOOST_TEST(s_client(strict.port(), strict.files, "-alpn sunrpc").find("Verification: OK") !=
               std::string::npos);
    const Client client = create(anonymous(strict.files, strict.port()));
    BOOST_TEST(outcome(client) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()
