/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls procedure 0 of an RPC program over TLS by libtirpc's clnt_call(3). The line with clnt_tls_create() is what
 * clnt_create(host, program, version, "tcp") would be in clear; all the rest of a program stays as it is.
 *
 *   clnt-null-call [--truststore CA.pem] [--identity CERT.pem KEY.pem] HOST PORT PROGRAM VERSION     PORT 0: ask rpcbind
 *   cc -o clnt-null-call clnt-null-call.c $(pkg-config --cflags --libs rpctls)
 */
#include <rpctls/clnt.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what) {
    const struct rpctls_error *error = rpctls_last_error();
    fprintf(stderr, "clnt-null-call: %s: %s\n", what, error != NULL ? rpctls_error_message(error) : "");
    if (error != NULL && *rpctls_error_hint(error) != '\0')
        fprintf(stderr, "  hint: %s\n", rpctls_error_hint(error));
    return 1;
}

static int run(const char *host, rpcprog_t program, rpcvers_t version, const struct rpctls_params *params) {
    const struct timeval timeout = {25, 0};
    CLIENT *client = clnt_tls_create(host, program, version, params);
    if (client == NULL)
        return fail(clnt_spcreateerror(host));
    const struct rpctls_session *session = rpctls_clnt_session(client);
    if (session != NULL)
        printf("%s, %s, server \"%s\", records by %s\n", rpctls_session_tls_version(session),
               rpctls_session_cipher(session), rpctls_session_peer_subject(session),
               rpctls_session_in_kernel(session) ? "the kernel" : "the library");
    const enum clnt_stat stat = clnt_call(client, NULLPROC, (xdrproc_t)xdr_void, NULL, (xdrproc_t)xdr_void, NULL, timeout);
    const int failed = stat == RPC_SUCCESS ? 0 : fail(clnt_sperror(client, host));
    if (!failed)
        puts("answered");
    clnt_destroy(client);
    return failed;
}

int main(int argc, char **argv) {
    struct rpctls_params *params = rpctls_params_new();
    if (params == NULL)
        return fail("parameters");
    if (argc > 2 && strcmp(argv[1], "--truststore") == 0) {
        if (rpctls_params_set_truststore(params, argv[2]) != 0)
            return fail("--truststore");
        argv += 2;
        argc -= 2;
    }
    if (argc > 3 && strcmp(argv[1], "--identity") == 0) {
        if (rpctls_params_set_identity_files(params, argv[2], argv[3]) != 0 ||
            rpctls_params_set_policy(params, RPCTLS_POLICY_MTLS) != 0)
            return fail("--identity");
        argv += 3;
        argc -= 3;
    }
    if (argc != 5) {
        fputs("usage: clnt-null-call [--truststore CA.pem] [--identity CERT.pem KEY.pem] HOST PORT PROGRAM VERSION\n", stderr);
        rpctls_params_free(params);
        return 2;
    }
    rpctls_params_set_port(params, (uint16_t)atoi(argv[2]));
    const int failed = run(argv[1], (rpcprog_t)strtoul(argv[3], NULL, 0), (rpcvers_t)strtoul(argv[4], NULL, 0), params);
    rpctls_params_free(params);
    return failed;
}
