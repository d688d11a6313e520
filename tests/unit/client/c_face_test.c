/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The C face, compiled as C11 and linked with the installed library only. Prints "ok - …" lines for tests/conformance. */
#include <rpctls/clnt.h>
#include <rpctls/rpctls.h>
#include <rpctls/tls_hs.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int bad;

static void expect(int holds, const char *title) {
    printf("%sok - %s\n", holds ? "" : "not ", title);
    if (!holds)
        bad = 1;
}

/* The name of the thread's last error, "none" without one. */
static const char *error_name(void) {
    const struct rpctls_error *error = rpctls_last_error();
    return error != NULL ? rpctls_error_name(error) : "none";
}

static int error_is(const char *name) {
    return strcmp(error_name(), name) == 0;
}

static void test_parameters(struct rpctls_params *params) {
    expect(rpctls_params_set_timeout(params, 2000) == 0 && error_is("none"), "a timeout is taken");
    expect(rpctls_params_set_timeout(params, 0) == -1 && error_is("argument-invalid"), "a timeout of nothing is not");
    expect(rpctls_error_errno(rpctls_last_error()) == EINVAL, "its errno is EINVAL");
    expect(rpctls_params_set_identity_files(params, "cert.pem", NULL) == -1, "a certificate needs its key");
    expect(rpctls_params_set_identity_files(params, NULL, NULL) == 0 && rpctls_last_error() == NULL,
           "a call that succeeds leaves no error behind");
    expect(rpctls_params_set_server_name(params, "nfs1.example") == 0, "a server name is taken");
    expect(rpctls_params_set_server_name(params, "") == -1, "an empty server name is not");
    expect(rpctls_params_set_strict_alpn(params, 1) == 0, "strict ALPN is taken");
    expect(rpctls_params_set_resumption(params, 3600) == 0, "an hour of resumption is taken");
    expect(rpctls_params_set_resumption(params, 604801) != 0, "more than seven days of it are not");
    expect(rpctls_params_set_policy(params, RPCTLS_POLICY_MTLS) == 0 &&
               rpctls_params_set_policy(params, (enum rpctls_policy)0) == -1,
           "a policy is one of four");
    expect(rpctls_params_set_ktls(params, RPCTLS_KTLS_NEVER) == 0 &&
               rpctls_params_set_ktls(params, (enum rpctls_ktls)4) == -1,
           "the use of kTLS is one of three");
    expect(rpctls_params_set_truststore(NULL, "ca.pem") == -1, "no parameters at all is an error, not a crash");
}

static void test_probe(struct rpctls_params *params, const char *truststore) {
    struct rpctls_probe_result *probe = NULL;
    expect(rpctls_probe(NULL, 2049, 100003, 4, params, &probe) == -1 && probe == NULL && error_is("argument-invalid"),
           "a probe of nobody is refused");
    rpctls_params_set_truststore(params, "/nonexistent/ca.pem");
    expect(rpctls_probe("127.0.0.1", 1, 100003, 4, params, &probe) == -1 && probe == NULL && error_is("file-missing"),
           "a truststore that is not there is named before anything is sent");
    rpctls_params_set_truststore(params, truststore);
    expect(rpctls_probe("127.0.0.1", 1, 100003, 4, params, &probe) == -1 && error_is("connection-refused"),
           "a port where nobody listens is named");
    expect(strcmp(rpctls_error_stage(rpctls_last_error()), "connect") == 0, "its stage is connect");
    expect(strstr(rpctls_error_message(rpctls_last_error()), "127.0.0.1 port 1") != NULL,
           "its message names address and port");
    expect(*rpctls_error_hint(rpctls_last_error()) != '\0', "it has a hint");
    expect(probe != NULL && strcmp(rpctls_probe_address(probe), "127.0.0.1") == 0 &&
               rpctls_probe_offer(probe) == RPCTLS_OFFER_UNKNOWN && rpctls_probe_alpn(probe) == NULL &&
               *rpctls_probe_cipher(probe) == '\0' && *rpctls_probe_peer_subject(probe) == '\0' &&
               !rpctls_probe_answered(probe),
           "what was seen up to there is told");
    rpctls_probe_free(probe);
}

static void test_agent(void) {
    struct rpctls_session *session = NULL;
    struct rpctls_agent_request *client = rpctls_agent_request_new(RPCTLS_ROLE_CLIENT);
    struct rpctls_agent_request *server = rpctls_agent_request_new(RPCTLS_ROLE_SERVER);
    expect(rpctls_agent_request_new((enum rpctls_role)7) == NULL && error_is("argument-invalid"),
           "a request needs a role");
    expect(client != NULL && server != NULL, "requests are made for both roles");
    if (client == NULL || server == NULL)
        return;
    expect(rpctls_agent_handshake(0, client, &session) == -1 && error_is("argument-invalid"),
           "a client must say whom it expects");
    expect(rpctls_agent_request_set_server_name(server, "nfs1.example") == -1, "a server expects nobody");
    expect(rpctls_agent_request_set_server_name(client, "nfs1.example") == 0, "a client does");
    expect(rpctls_agent_request_set_identity(client, "a/b") == -1 && error_is("identity-name-invalid"),
           "an identity has a name that can be one");
    expect(rpctls_agent_request_set_identity(client, "web") == 0 && rpctls_agent_request_set_identity(client, NULL) == 0,
           "an identity is chosen and taken back");
    expect(rpctls_agent_request_set_identity(server, NULL) == -1, "a server cannot prove nothing");
    expect(rpctls_agent_request_set_configured_identity(client) == 0, "the agent's own choice is possible");
    expect(rpctls_agent_request_set_client_certificate_required(client, 1) == -1 &&
               rpctls_agent_request_set_client_certificate_required(server, 1) == 0,
           "servers alone require certificates of clients");
    expect(rpctls_agent_request_set_protocol(client, "two words") == -1 &&
               rpctls_agent_request_set_protocol(client, NULL) == 0 &&
               rpctls_agent_request_set_strict_alpn(client, 1) == -1 &&
               rpctls_agent_request_set_protocol(client, "example/1") == 0 &&
               rpctls_agent_request_set_strict_alpn(client, 1) == 0,
           "another application protocol, or none, can be asked for");
    expect(rpctls_agent_request_set_timeout(client, 60001) == -1 && rpctls_agent_request_set_timeout(client, 500) == 0,
           "a timeout has bounds");
    expect(rpctls_agent_request_set_socket(client, "/nonexistent/agent.sock") == 0, "another agent can be named");
    expect(rpctls_agent_handshake(-1, client, &session) == -1 && session == NULL && error_is("socket-unsuitable"),
           "what is no descriptor is no socket");
    expect(rpctls_agent_handshake(0, client, &session) == -1 && error_is("agent-absent") &&
               !rpctls_error_connection_ended(rpctls_last_error()),
           "an agent that is not there leaves the connection alone");
    expect(rpctls_agent_starttls(-1, 100003, 4, client, &session) == -1 && error_is("probe-closed") &&
               rpctls_error_connection_ended(rpctls_last_error()),
           "a probe that fails ends the connection");
    rpctls_agent_request_free(client);
    rpctls_agent_request_free(server);
    rpctls_agent_request_free(NULL);
    rpctls_session_free(NULL);
}

static void test_client(void) {
    struct rpctls_params *params = rpctls_params_new();
    expect(clnt_tls_create("127.0.0.1", 100003, 4, params) == NULL && error_is("port-missing") &&
               rpc_createerr.cf_stat == RPC_SYSTEMERROR && rpc_createerr.cf_error.re_errno == EINVAL,
           "a client handle needs to be told where to call");
    rpctls_params_set_port(params, 1);
    expect(clnt_tls_create("127.0.0.1", 100003, 4, params) == NULL && rpctls_last_error() != NULL &&
               rpc_createerr.cf_stat == RPC_SYSTEMERROR,
           "a client handle of a server that is not there is none");
    expect(clnt_tls_create_fd(-1, "nfs1.example", 100003, 4, params) == NULL && error_is("argument-invalid"),
           "what is no descriptor is no connection");
    expect(rpctls_clnt_session(NULL) == NULL, "no handle has no session");
    rpctls_params_free(params);
}

static void test_keyring(void) {
    struct rpctls_session *session = NULL;
    expect(rpctls_tls_hs(-1, 1, RPCTLS_ROLE_CLIENT, "a", NULL, &session) == NULL && session == NULL,
           "without a socket there is no session with the keys of a keyring");
    expect(strcmp(rpctls_error_name(rpctls_last_error()), "argument-invalid") == 0, "and that is said");
    rpctls_stream_free(NULL);
}

int main(int argc, char **argv) {
    struct rpctls_params *params = rpctls_params_new();
    expect(*rpctls_version() != '\0', "the library has a version");
    expect(params != NULL, "parameters are made");
    if (params == NULL)
        return 1;
    test_parameters(params);
    if (argc > 1)
        test_probe(params, argv[1]);
    test_agent();
    test_client();
    test_keyring();
    rpctls_params_free(params);
    rpctls_params_free(NULL);
    rpctls_probe_free(NULL);
    return bad;
}
