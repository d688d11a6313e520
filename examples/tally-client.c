/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client of tally.x as rpcgen(1) makes it, with and without TLS.
 *
 * usage: tally-client PORT AMOUNT                                   in clear, by libtirpc alone
 *        tally-client PORT AMOUNT SERVER-NAME CA [CERTIFICATE KEY]  over TLS
 *
 * Calls 127.0.0.1; prints the sum, and what the server knows of this client.
 */
#include "tally.h"

#include <rpctls/clnt.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

static CLIENT *in_clear(uint16_t port) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = RPC_ANYSOCK;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return clnttcp_create(&server, TALLY_PROG, TALLY_VERS, &fd, 0, 0);
}

static CLIENT *over_tls(uint16_t port, int argc, char **argv) {
    CLIENT *client = NULL;
    struct rpctls_params *params = rpctls_params_new();
    if (params != NULL && rpctls_params_set_port(params, port) == 0 &&
        rpctls_params_set_server_name(params, argv[0]) == 0 &&
        rpctls_params_set_truststore(params, argv[1]) == 0 &&
        (argc < 4 || rpctls_params_set_identity_files(params, argv[2], argv[3]) == 0))
        client = clnt_tls_create("127.0.0.1", TALLY_PROG, TALLY_VERS, params); /* the line that changes */
    if (client == NULL)
        fprintf(stderr, "tally-client: %s\n", rpctls_error_message(rpctls_last_error()));
    rpctls_params_free(params);
    return client;
}

int main(int argc, char **argv) {
    if (argc != 3 && argc != 5 && argc != 7) {
        fputs("usage: tally-client PORT AMOUNT [SERVER-NAME CA [CERTIFICATE KEY]]\n", stderr);
        return 2;
    }
    const uint16_t port = (uint16_t)atoi(argv[1]);
    int amount = atoi(argv[2]);
    CLIENT *client = argc == 3 ? in_clear(port) : over_tls(port, argc - 3, argv + 3);
    if (client == NULL) {
        if (argc == 3)
            clnt_pcreateerror("tally-client");
        return 1;
    }
    const int *sum = tally_add_1(&amount, client);
    char **who = sum != NULL ? tally_who_1(NULL, client) : NULL;
    if (who == NULL) {
        clnt_perror(client, "tally-client");
        clnt_destroy(client);
        return 1;
    }
    printf("%d, %s\n", *sum, *who);
    clnt_destroy(client);
    return 0;
}
