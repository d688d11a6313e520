/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The C face, compiled as C11 and linked with the installed library only. Prints "ok - …" lines for tests/conformance. */
#include <rpctls/rpctls.h>

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

int main(int argc, char **argv) {
    struct rpctls_params *params = rpctls_params_new();
    expect(*rpctls_version() != '\0', "the library has a version");
    expect(params != NULL, "parameters are made");
    if (params == NULL)
        return 1;
    test_parameters(params);
    if (argc > 1)
        test_probe(params, argv[1]);
    rpctls_params_free(params);
    rpctls_params_free(NULL);
    rpctls_probe_free(NULL);
    return bad;
}
