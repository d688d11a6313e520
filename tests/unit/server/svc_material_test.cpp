// SPDX-License-Identifier: LGPL-2.1-or-later
// What ends prove themselves with beside certificates in files: pre-shared keys, and what is chosen by the client's SNI.
#include "tests/unit/client/scripted_peer.hpp"
#include "tests/unit/octets.hpp"
#include "tests/unit/server/calling.hpp"
#include "tests/unit/server/svc_relay.hpp"
#include "tests/unit/tls/tls_tool.hpp"

#include <boost/test/unit_test.hpp>

#include <keyutils.h>
#include <sys/stat.h>

using namespace rpctls;
using namespace rpctls::test;

namespace {

constexpr const char *key_one = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
constexpr const char *key_two = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

void add_key(rpctls_params *params, const Files &files, const std::string &identity, const char *key,
             rpctls_psk_hash hash = RPCTLS_PSK_HASH_BY_LENGTH) {
    const std::string name = "psk." + identity;
    files.write(name, key);
    BOOST_TEST(rpctls_params_add_psk_file(params, identity.c_str(), files.path(name).c_str(), hash) == 0);
}

std::string identity_of(const rpctls_session *session) {
    const char *identity = session != nullptr ? rpctls_session_psk_identity(session) : nullptr;
    return identity != nullptr ? identity : "none";
}

const auto only_keys = [](rpctls_params *params) {
    rpctls_params_set_identity_files(params, nullptr, nullptr);
};

} // namespace

BOOST_AUTO_TEST_SUITE(svc_material)

BOOST_AUTO_TEST_CASE(R_5_2_2_1_and_2_each_client_is_known_by_its_key_and_its_program_is_told) {
    const Files files;
    const Served served(RPCTLS_POLICY_MTLS, [&](rpctls_params *params) {
        only_keys(params);
        add_key(params, files, "one.example", key_one);
        add_key(params, files, "two.example", key_two, RPCTLS_PSK_HASH_SHA256);
    });
    for (const auto &[identity, key] :
         {std::pair("one.example", key_one), std::pair("two.example", key_two)}) {
        const Params params = calling(served.port());
        add_key(params.get(), files, identity, key);
        BOOST_TEST(rpctls_params_set_policy(params.get(), RPCTLS_POLICY_MTLS) == 0);
        const Client client = create(params);
        BOOST_TEST(outcome(client) == "ok");
        const rpctls_session *session = rpctls_clnt_session(client.get());
        BOOST_TEST_REQUIRE((session != nullptr));
        BOOST_TEST(identity_of(session) == identity);
        BOOST_TEST(rpctls_session_peer_verified(session) == 1);
        BOOST_TEST(rpctls_session_certificate_sent(session) == 0);
        BOOST_TEST(rpctls_session_alpn(session) == std::string("sunrpc"));
        BOOST_TEST(rpctls_session_cipher(session) == std::string("TLS_AES_128_GCM_SHA256"));
        BOOST_TEST(rpctls_session_group(session) != std::string());
        BOOST_TEST(served.logged("mode=psk probe=answered version=\"TLS 1.3\""));
        BOOST_TEST(served.logged(std::string("psk=\"") + identity + "\""));
        const std::string who = who_is_calling(client.get());
        BOOST_TEST(who.find(std::string("psk ") + identity) != std::string::npos, who);
    }
}

BOOST_AUTO_TEST_CASE(R_5_2_2_4_an_unknown_key_and_a_wrong_one_fail_as_authentication_does) {
    const Files files;
    const Served served(RPCTLS_POLICY_TLS, [&](rpctls_params *params) {
        only_keys(params);
        add_key(params, files, "one.example", key_one);
    });
    const Params unknown = calling(served.port());
    add_key(unknown.get(), files, "three.example", key_one);
    BOOST_TEST(outcome(create(unknown)) == "psk-identity-refused");
    BOOST_TEST(rpc_createerr.cf_stat == RPC_AUTHERROR);
    const Params wrong = calling(served.port());
    add_key(wrong.get(), files, "one.example", key_two);
    // The file of that name is the server's as well: it has read it.
    BOOST_TEST(outcome(create(wrong)) == "psk-mismatch");
    BOOST_TEST(rpc_createerr.cf_stat == RPC_AUTHERROR);
    BOOST_TEST(served.logged("handshake failed: psk-identity-unknown"));
    BOOST_TEST(served.logged("handshake failed: psk-mismatch"));
    // A client without a key finds no way in, and one that insists on its certificate neither.
    Caller certified(served.port());
    BOOST_TEST(certified.start_tls(served.files(), &served.files().client) != "done");
    BOOST_TEST(served.logged("handshake failed: psk-missing"));
}

BOOST_AUTO_TEST_CASE(a_server_with_keys_and_a_certificate_serves_clients_of_either_kind_and_weakens_neither) {
    const Files files;
    const Served served(RPCTLS_POLICY_MTLS,
                        [&](rpctls_params *params) { add_key(params, files, "one.example", key_one); });
    const Params with_key = calling(served.port());
    add_key(with_key.get(), files, "one.example", key_one);
    // Beside a key they do not count: nothing but the key is offered.
    rpctls_params_set_identity_files(with_key.get(), files.path("client.pem").c_str(),
                                     files.path("client.key").c_str());
    const Client keyed = create(with_key);
    BOOST_TEST(outcome(keyed) == "ok");
    BOOST_TEST(identity_of(rpctls_clnt_session(keyed.get())) == "one.example");
    const Params unknown = calling(served.port());
    add_key(unknown.get(), files, "three.example", key_one);
    // The server goes on by certificate (RFC 8446 4.2.11), and this client does not.
    BOOST_TEST((create(unknown) == nullptr));
    BOOST_TEST(rpc_createerr.cf_stat == RPC_AUTHERROR);
    Caller certified(served.port());
    BOOST_TEST(certified.start_tls(served.files(), &served.files().client) == "done");
    BOOST_TEST(certified.who() == "flavor 0, TLS 1.3, host CN=client, binding 32");
    Caller anonymous(served.port());
    BOOST_TEST(anonymous.start_tls(served.files()) == "done");
    BOOST_TEST(anonymous.call(proc_null) == "");
}

BOOST_AUTO_TEST_CASE(strict_ALPN_and_R_5_9_hold_with_keys_as_well) {
    const Files files;
    const Served served(RPCTLS_POLICY_TLS, [&](rpctls_params *params) {
        only_keys(params);
        rpctls_params_set_strict_alpn(params, 1);
        add_key(params, files, "one.example", key_one);
    });
    const Params params = calling(served.port());
    add_key(params.get(), files, "one.example", key_one);
    rpctls_params_set_strict_alpn(params.get(), 1);
    BOOST_TEST(outcome(create(params)) == "ok");
    const std::string psk = std::string("-psk ") + key_one + " -psk_identity one.example";
    (void)s_client(served, psk);
    BOOST_TEST(served.logged("handshake failed: alpn-missing"));
    BOOST_TEST(s_client(served, psk + " -alpn h2").find("alert number 120") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_reload_reads_keys_anew_and_ends_the_sessions_of_those_that_are_others_now) {
    const Files files;
    Served served(RPCTLS_POLICY_TLS, [&](rpctls_params *params) {
        only_keys(params);
        add_key(params, files, "one.example", key_one);
        add_key(params, files, "two.example", key_two);
    });
    const Params one = calling(served.port()), two = calling(served.port());
    add_key(one.get(), files, "one.example", key_one);
    add_key(two.get(), files, "two.example", key_two);
    const Client first = create(one), second = create(two);
    BOOST_TEST(outcome(first) == "ok");
    BOOST_TEST(outcome(second) == "ok");
    files.write("psk.one.example", "no key at all");
    BOOST_TEST(svc_tls_reload(served.listener()) == -1);
    BOOST_TEST(outcome(first) == "ok");
    files.write("psk.one.example", key_two);
    BOOST_TEST(svc_tls_reload(served.listener()) == 0);
    BOOST_TEST(served.logged("no longer accepted: psk-identity-unknown"));
    BOOST_TEST(outcome(first) != "ok");
    BOOST_TEST(outcome(second) == "ok");
    BOOST_TEST(outcome(create(one)) == "ok"); // its file is the one that changed
}

BOOST_AUTO_TEST_CASE(keys_that_make_no_sense_are_told_before_anything_is_sent) {
    const Files files;
    const Params params = calling(9);
    const auto add = [&](const char *identity, const std::string &path, int hash = 0) {
        return rpctls_params_add_psk_file(params.get(), identity, path.c_str(),
                                          static_cast<rpctls_psk_hash>(hash));
    };
    BOOST_TEST(add("", "key") == -1);
    BOOST_TEST(add("two\nlines", "key") == -1);
    BOOST_TEST(add("one", "") == -1);
    BOOST_TEST(add("one", "key", 3) == -1);
    BOOST_TEST(rpctls_params_add_psk_key(params.get(), 0, RPCTLS_PSK_HASH_BY_LENGTH) == -1);
    BOOST_TEST(rpctls_error_name(rpctls_last_error()) == std::string("argument-invalid"));
    const auto fails = [&](const char *key, int mode, rpctls_psk_hash hash = RPCTLS_PSK_HASH_BY_LENGTH) {
        const Params client = calling(9);
        add_key(client.get(), files, "one", key, hash);
        ::chmod(files.path("psk.one").c_str(), static_cast<mode_t>(mode));
        return outcome(create(client));
    };
    BOOST_TEST(fails(key_one, 0644) == "file-exposed");
    BOOST_TEST(fails("0011", 0600) == "psk-length-invalid");
    const bool has_sha384 = tls::check_psk_support(tls::PskHash::sha384).has_value();
    const std::string with_sha384 = fails(key_one, 0600, RPCTLS_PSK_HASH_SHA384);
    BOOST_TEST(with_sha384 == (has_sha384 ? "connection-refused" : "psk-hash-unsupported"));
    const Params pinned = calling(9);
    add_key(pinned.get(), files, "one", key_one);
    BOOST_TEST(rpctls_params_add_server_pin(pinned.get(), key_two) == 0);
    BOOST_TEST(outcome(create(pinned)) == "pin-without-certificate");
    const Params several = calling(9);
    add_key(several.get(), files, "one", key_one);
    add_key(several.get(), files, "two", key_two);
    BOOST_TEST(outcome(create(several)) == "psk-ambiguous");
    rpctls_probe_result *result = nullptr;
    BOOST_TEST(rpctls_probe("127.0.0.1", 9, program, 1, several.get(), &result) == -1);
    BOOST_TEST((result == nullptr));
}

BOOST_AUTO_TEST_CASE(
    a_key_of_the_kernel_s_is_taken_by_its_serial_number_and_its_description_is_the_identity) {
    const Files files;
    std::vector<unsigned char> secret(32);
    for (std::size_t i = 0; i < secret.size(); ++i)
        secret[i] = static_cast<unsigned char>(std::stoul(std::string(key_one + 2 * i, 2), nullptr, 16));
    const auto serial =
        add_key("user", "keyring.example", secret.data(), secret.size(), KEY_SPEC_PROCESS_KEYRING);
    BOOST_TEST_REQUIRE(serial > 0);
    const Served served(RPCTLS_POLICY_TLS, [&](rpctls_params *params) {
        only_keys(params);
        add_key(params, files, "keyring.example", key_one);
    });
    const Params params = calling(served.port());
    BOOST_TEST(rpctls_params_add_psk_key(params.get(), serial, RPCTLS_PSK_HASH_BY_LENGTH) == 0);
    const Client client = create(params);
    BOOST_TEST(outcome(client) == "ok");
    BOOST_TEST(identity_of(rpctls_clnt_session(client.get())) == "keyring.example");
    keyctl_unlink(serial, KEY_SPEC_PROCESS_KEYRING);
}

BOOST_AUTO_TEST_CASE(clients_of_openssl_and_GnuTLS_share_keys_with_our_server) {
    const Files files;
    const Served served(RPCTLS_POLICY_MTLS,
                        [&](rpctls_params *params) { add_key(params, files, "one.example", key_one); });
    const std::string psk = std::string("-psk_identity one.example -alpn sunrpc -psk ");
    const std::string text = s_client(served, psk + key_one);
    BOOST_TEST(text.find("Reused, TLSv1.3") != std::string::npos, text);
    BOOST_TEST(served.logged("psk=\"one.example\""));
    (void)s_client(served, psk + key_two);
    BOOST_TEST(served.logged("handshake failed: psk-mismatch"));
    ScriptedPeer relay([&](int fd) {
        Caller server(served.port());
        BOOST_TEST(!server.probe().empty());
        pump(fd, server.fd());
    });
    const TlsTool tool(files.directory,
                       {"gnutls-cli", "--port", std::to_string(relay.port()), "--priority",
                        "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK", "--pskusername", "one.example",
                        "--pskkey", key_one, "--alpn", "sunrpc", "127.0.0.1"});
    for (int i = 0; i < 500 && !tool.has_printed("Handshake was completed"); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    BOOST_TEST(tool.has_printed("Handshake was completed"), tool.printed());
    BOOST_TEST(tool.has_printed("PSK authentication"), tool.printed());
}

BOOST_AUTO_TEST_CASE(our_client_shares_keys_with_servers_of_openssl_and_GnuTLS) {
    const Files files;
    const std::string port = free_port();
    files.write("gnutls.psk", std::string("one.example:") + key_one + "\n");
    const std::vector<std::string> openssl{"openssl", "s_server", "-accept",       "127.0.0.1:" + port,
                                           "-nocert", "-tls1_3",  "-alpn",         "sunrpc",
                                           "-psk",    key_one,    "-psk_identity", "one.example"};
    const std::vector<std::string> gnutls{"gnutls-serv",
                                          "--port",
                                          port,
                                          "--pskpasswd",
                                          files.path("gnutls.psk"),
                                          "--priority",
                                          "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK",
                                          "--alpn",
                                          "sunrpc",
                                          "--quiet"};
    for (const auto &command : {openssl, gnutls}) {
        const TlsTool tool(files.directory, command);
        ScriptedPeer relay([&](int fd) { offer_and_relay(fd, port); });
        const Params params = calling(relay.port());
        add_key(params.get(), files, "one.example", key_one);
        const Client client = create(params);
        BOOST_TEST((client != nullptr), command.front() + ": " + outcome(client) + "\n" + tool.printed());
        if (client)
            BOOST_TEST(identity_of(rpctls_clnt_session(client.get())) == "one.example");
    }
}

BOOST_AUTO_TEST_CASE(R_5_2_2_3_a_key_without_a_fresh_exchange_is_no_session_with_either_end) {
    const Files files;
    const std::string never_fresh = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+PSK"; // psk_ke alone
    const Served served(RPCTLS_POLICY_MTLS, [&](rpctls_params *params) {
        only_keys(params);
        add_key(params, files, "one.example", key_one);
    });
    ScriptedPeer to_ours([&](int fd) {
        Caller server(served.port());
        BOOST_TEST(!server.probe().empty());
        pump(fd, server.fd());
    });
    const TlsTool client(files.directory, {"gnutls-cli", "--port", std::to_string(to_ours.port()),
                                           "--priority", never_fresh, "--pskusername", "one.example",
                                           "--pskkey", key_one, "--alpn", "sunrpc", "127.0.0.1"});
    BOOST_TEST(served.logged("handshake failed: "), client.printed());
    BOOST_TEST(!client.has_printed("Handshake was completed"), client.printed());

    const std::string port = free_port();
    files.write("gnutls.psk", std::string("one.example:") + key_one + "\n");
    const TlsTool server(files.directory,
                         {"gnutls-serv", "--port", port, "--pskpasswd", files.path("gnutls.psk"),
                          "--priority", never_fresh, "--alpn", "sunrpc", "--quiet"});
    ScriptedPeer to_theirs([&](int fd) { offer_and_relay(fd, port); });
    const Params params = calling(to_theirs.port());
    add_key(params.get(), files, "one.example", key_one);
    const Client ours = create(params);
    BOOST_TEST((ours == nullptr));
    BOOST_TEST(outcome(ours) == "no-common-cipher", server.printed());
}

BOOST_AUTO_TEST_SUITE_END()
