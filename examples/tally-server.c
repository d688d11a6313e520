/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A server as rpcgen(1) makes it from tally.x, with and without TLS on one port.
 *
 * usage: tally-server PORT                                   in clear, by libtirpc alone
 *        tally-server PORT POLICY CERTIFICATE KEY CA         POLICY: opportunistic, tls, mtls
 *
 * Prints "port N" when it listens, and ends with SIGTERM when the calls under way are answered.
 */
#include "tally.h"

#include <rpctls/svc.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tally_prog_1(struct svc_req *request, SVCXPRT *transport); /* what rpcgen -m wrote */

static SVCXPRT *transport;

int *tally_add_1_svc(int *amount, struct svc_req *request) {
    static int total;
    (void)request;
    total += *amount;
    return &total;
}

char **tally_who_1_svc(void *nothing, struct svc_req *request) {
    static char text[512];
    static char *result = text;
    const struct rpctls_session *session = svc_tls_session(request->rq_xprt);
    (void)nothing;
    if (session == NULL)
        snprintf(text, sizeof text, "in clear");
    else
        snprintf(text, sizeof text, "%s, %s, records by the %s, client \"%s\"",
                 rpctls_session_tls_version(session), rpctls_session_cipher(session),
                 rpctls_session_in_kernel(session) ? "kernel" : "library",
                 rpctls_session_peer_verified(session) ? rpctls_session_peer_subject(session) : "");
    return &result;
}

static void on_signal(int number) {
    (void)number;
    svc_tls_stop(transport);
}

static struct rpctls_params *parameters(char **words) {
    struct rpctls_params *params = rpctls_params_new();
    const enum rpctls_policy policy = strcmp(words[0], "opportunistic") == 0 ? RPCTLS_POLICY_OPPORTUNISTIC
                                      : strcmp(words[0], "tls") == 0         ? RPCTLS_POLICY_TLS
                                                                             : RPCTLS_POLICY_MTLS;
    if (params == NULL || rpctls_params_set_policy(params, policy) != 0 ||
        rpctls_params_set_identity_files(params, words[1], words[2]) != 0 ||
        rpctls_params_set_truststore(params, words[3]) != 0) {
        fprintf(stderr, "tally-server: %s\n", rpctls_error_message(rpctls_last_error()));
        exit(2);
    }
    return params;
}

int main(int argc, char **argv) {
    if (argc != 2 && argc != 6) {
        fputs("usage: tally-server PORT [POLICY CERTIFICATE KEY CA]\n", stderr);
        return 2;
    }
    if (argc == 2) {
        transport = svctcp_create(RPC_ANYSOCK, 0, 0);
    } else {
        struct rpctls_params *params = parameters(argv + 2);
        transport = svc_tls_create(NULL, (uint16_t)atoi(argv[1]), params); /* the line that changes */
        rpctls_params_free(params);
    }
    if (transport == NULL) {
        const struct rpctls_error *error = rpctls_last_error();
        fprintf(stderr, "tally-server: %s\n", error != NULL ? rpctls_error_message(error) : "no transport");
        return 1;
    }
    if (!svc_reg(transport, TALLY_PROG, TALLY_VERS, tally_prog_1, NULL)) {
        fputs("tally-server: cannot register the program\n", stderr);
        return 1;
    }
    signal(SIGTERM, on_signal);
    printf("port %u\n", transport->xp_port);
    fflush(stdout);
    svc_run();
    return 0;
}
