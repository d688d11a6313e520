/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls procedure 0 of an RPC program over TLS, with the handshake done by rpctlsd: this process never holds a key.
 *
 *   agent-null-call [--identity NAME] SERVER-NAME ADDRESS PORT PROGRAM VERSION
 *   cc -o agent-null-call agent-null-call.c $(pkg-config --cflags --libs rpctls)
 */
#include <rpctls/rpctls.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail_rpctls(void) {
    const struct rpctls_error *error = rpctls_last_error();
    fprintf(stderr, "agent-null-call: %s (%s)\n", rpctls_error_message(error), rpctls_error_name(error));
    if (*rpctls_error_hint(error) != '\0')
        fprintf(stderr, "  hint: %s\n", rpctls_error_hint(error));
    return 1;
}

static int connect_to(const char *address, const char *port) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || inet_pton(AF_INET, address, &server.sin_addr) != 1 ||
        connect(fd, (struct sockaddr *)&server, sizeof server) != 0) {
        perror("agent-null-call: connect");
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

/* A call of procedure 0 with no credential, as plain octets: the kernel makes TLS records of them (RFC 5531). */
static int call_null(int fd, uint32_t program, uint32_t version) {
    const uint32_t xid = 0x72706374;
    const uint32_t call[] = {0x80000000u | 40, xid, 0, 2, program, version, 0, 0, 0, 0, 0};
    uint32_t words[sizeof call / sizeof *call];
    uint32_t reply[7];
    for (size_t i = 0; i < sizeof call / sizeof *call; ++i)
        words[i] = htonl(call[i]);
    if (send(fd, words, sizeof words, MSG_NOSIGNAL) != (ssize_t)sizeof words)
        return -1;
    if (recv(fd, reply, sizeof reply, MSG_WAITALL) != (ssize_t)sizeof reply)
        return -1;
    return ntohl(reply[1]) == xid && ntohl(reply[6]) == 0 ? 0 : -1; /* ours, and SUCCESS */
}

int main(int argc, char **argv) {
    const char *identity = NULL;
    if (argc == 8 && strcmp(argv[1], "--identity") == 0) {
        identity = argv[2];
        argv += 2;
        argc -= 2;
    }
    if (argc != 6) {
        fputs("usage: agent-null-call [--identity NAME] SERVER-NAME ADDRESS PORT PROGRAM VERSION\n", stderr);
        return 2;
    }
    const uint32_t program = (uint32_t)strtoul(argv[4], NULL, 0);
    const uint32_t version = (uint32_t)strtoul(argv[5], NULL, 0);
    struct rpctls_session *session = NULL;
    struct rpctls_agent_request *request = rpctls_agent_request_new(RPCTLS_ROLE_CLIENT);
    if (request == NULL || rpctls_agent_request_set_server_name(request, argv[1]) != 0 ||
        rpctls_agent_request_set_identity(request, identity) != 0)
        return fail_rpctls();
    const int fd = connect_to(argv[2], argv[3]);
    if (fd < 0)
        return 1;
    const int shaken = rpctls_agent_starttls(fd, program, version, request, &session);
    rpctls_agent_request_free(request);
    if (shaken != 0)
        return fail_rpctls();
    printf("%s, %s, server \"%s\"\n", rpctls_session_tls_version(session),
           rpctls_session_cipher(session), rpctls_session_peer_subject(session));
    rpctls_session_free(session);
    if (call_null(fd, program, version) != 0) {
        perror("agent-null-call: the call was not answered");
        close(fd);
        return 1;
    }
    puts("answered");
    close(fd);
    return 0;
}
