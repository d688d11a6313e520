/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RPCTLS_SVC_H
#define RPCTLS_SVC_H

/*
 * Servers of libtirpc over TLS (RFC 9289): a transport for svc_reg(3t), svc_register(3t) and the dispatch function that
 * rpcgen(1) makes. In a program that has
 *
 *     transport = svctcp_create(RPC_ANYSOCK, 0, 0);
 *
 * this line becomes
 *
 *     transport = svc_tls_create(NULL, port, params);
 *
 * Clients with and without TLS are served on one port (RFC 9289 4.1), as the parameters' policy says:
 *
 *  - RPCTLS_POLICY_NONE: TLS is not offered.
 *  - RPCTLS_POLICY_OPPORTUNISTIC: it is, if there is an identity; calls in clear are answered, too.
 *  - RPCTLS_POLICY_TLS: calls in clear are denied with AUTH_TOOWEAK. The default.
 *  - RPCTLS_POLICY_MTLS: the same, and a client must prove who it is.
 *
 * Of the other parameters the identity, the truststore and the revocation list (for the certificates of clients), strict
 * ALPN and kTLS count, and those that rpctls.h has for servers.
 *
 * The transport and all connections that come from it belong to the thread that runs svc_run(3t), svc_tls_run() or
 * another loop over svc_pollfd; only svc_tls_stop() and svc_tls_reload() may be called from elsewhere. Nothing that a
 * client does or leaves undone makes the others wait: replies that it does not take are kept for it, and until it has
 * taken them no further call of it is read.
 *
 * A call's reply is the dispatch function's to send before it returns, once. The NULL procedure is called for a client's
 * question for TLS, too, with a credential of flavor AUTH_NONE.
 */

#include <rpctls/rpctls.h>

#include <rpc/rpc.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Listens on `address`, an IP literal, or NULL for all addresses, and `port`, 0 for any, and registers the transport with
 * libtirpc. `params` may be NULL for the defaults and is not needed afterwards. Registration with rpcbind(8) is left to
 * the program: svc_reg(3t) with a netconfig, or rpcb_set(3t).
 *
 * The transport is given back with svc_destroy(3t), which ends its connections. NULL with rpctls_last_error() when the
 * address is taken, a file makes no sense, or the policy insists on TLS and there is no identity.
 */
RPCTLS_API SVCXPRT *svc_tls_create(const char *address, uint16_t port, const struct rpctls_params *params);
/* The same for a TCP socket that listens already, e.g. systemd's; it belongs to the transport after a success. */
RPCTLS_API SVCXPRT *svc_tls_create_fd(int fd, const struct rpctls_params *params);
/* The port that it listens on. */
RPCTLS_API uint16_t svc_tls_port(const SVCXPRT *listener);

/*
 * Serves as svc_run(3t) does, all transports of the program, until svc_tls_stop() was called for this one and everything
 * under way on it is answered; or svc_exit(3t) was called. 0, or -1 with rpctls_last_error().
 */
RPCTLS_API int svc_tls_run(SVCXPRT *listener);
/*
 * Takes no more connections, answers the calls that have arrived, ends each connection (with close_notify) when nothing of
 * it is under way, after the drain timeout in any case, and then the loop: svc_tls_run(), or svc_run(3t) by svc_exit(3t).
 * Returns at once. For any thread, and for signal handlers.
 */
RPCTLS_API void svc_tls_stop(SVCXPRT *listener);
/*
 * Reads the files anew, for the handshakes to come: all or nothing. Sessions of clients that would not be believed any
 * more are ended (RFC 9289 5.2.1). For any thread. 0, or -1 with rpctls_last_error() and everything as it was.
 */
RPCTLS_API int svc_tls_reload(SVCXPRT *listener);

/*
 * For a dispatch function, in the place of svc_sendreply(3t): results of which a part lies in a file. They are what `head`
 * encodes of `head_value`, an opaque<> of `size` octets of the regular file `fd` from `offset` on, and what `tail` encodes of
 * `tail_value`; either routine may be NULL. `fd` stays the caller's, and may be closed at once.
 *
 * The octets go out without coming into the process where the kernel seals the records and in clear, by sendfile(2), and are
 * read 64 KiB at a time otherwise. They are those that the file has when their turn comes, which for a slow client is after
 * the dispatch function has returned: leave them as they are. A file that has become shorter by then ends the connection,
 * with file-too-short in its log; nothing is sent in the place of what is missing. The disk is waited for, at most 256 KiB
 * at a time before other clients have their turn. RPCSEC_GSS needs to see all octets: for its calls they are read into
 * memory first.
 *
 * 0; or -1 with rpctls_last_error() and nothing sent, so that svcerr_systemerr(3t) may follow: file-unsuitable, file-too-short,
 * file-unreadable, reply-unsent (a routine refuses, the reply is larger than the record limit, or there was one).
 */
RPCTLS_API int svc_tls_sendreply_file(SVCXPRT *transport, xdrproc_t head, void *head_value, int fd, uint64_t offset,
                                      uint32_t size, xdrproc_t tail, void *tail_value);

/*
 * For a dispatch function: has what goes to this client from the next reply on sealed with new keys, as
 * rpctls_clnt_update_keys() of <rpctls/clnt.h> does. Where the kernel has the keys and one has sealed as much as is sound, the
 * connection ends between two calls, with close_notify.
 */
RPCTLS_API int svc_tls_update_keys(const SVCXPRT *transport, int peer_too);

/*
 * For a dispatch function: the TLS session that the call came in, NULL when it came in clear. It lives as long as the
 * connection. What it says of the peer is about a host (RFC 9289 4.2): who the user is says the call's credential alone.
 */
RPCTLS_API const struct rpctls_session *svc_tls_session(const SVCXPRT *transport);

#ifdef __cplusplus
}
#endif

#endif
