/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RPCTLS_CLNT_H
#define RPCTLS_CLNT_H

/*
 * Clients of libtirpc over TLS (RFC 9289): a CLIENT handle like those of clnt_create(3), for clnt_call(3) and all that
 * rpcgen(1) writes. In a program that has
 *
 *     client = clnt_create(host, PROG, VERS, "tcp");
 *
 * this line becomes
 *
 *     client = clnt_tls_create(host, PROG, VERS, params);
 */

#include <rpctls/rpctls.h>

#include <rpc/rpc.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Connects to `host` (a name or a literal) over TCP at the parameters' port, probes `prog` and `vers` on that connection,
 * shakes hands and gives a handle, for clnt_destroy(3). Blocks for at most the parameters' timeout; a rpcbind that is
 * asked has its own time. `params` is copied as far as it is needed. It must have a port.
 *
 * With the policies RPCTLS_POLICY_TLS (the default) and RPCTLS_POLICY_MTLS nothing but the probe is ever sent in clear, and
 * there is no handle without TLS and a server that proved who it is. With RPCTLS_POLICY_OPPORTUNISTIC a server that answers
 * the probe and says no is called in clear; one that hangs up, is silent, or fails its handshake is not called at all. With
 * RPCTLS_POLICY_NONE all goes in clear (RFC 9289 4.1, 6.1).
 *
 * NULL on failure: rpc_createerr is set, rpctls_last_error() tells all. RPC_AUTHERROR: no TLS, or a handshake that failed.
 * RPC_UNKNOWNHOST: no such name. RPC_SYSTEMERROR: no connection, or files and arguments that do not do. RPC_TIMEDOUT and
 * RPC_CANTRECV: no answer to the probe. RPC_PROGNOTREGISTERED and others of rpcbind(3) when it was asked.
 *
 * The handle calls as those of clnt_create(3) over TCP do, with these differences: several threads may share it, their calls
 * take turns; the time of a call is that for the whole of it; a call that was sent in part, or a connection that failed,
 * makes the handle useless: RPC_CANTSEND, RPC_CANTRECV, and then a new handle is needed, which probes and shakes hands anew.
 * What a server thinks of the client's certificate may come only with the first call: RPC_AUTHERROR, too. After a call that
 * failed rpctls_last_error() tells more. Replies may have up to 1 GiB.
 *
 * clnt_control(3): CLSET_TIMEOUT, CLGET_TIMEOUT, CLGET_FD (to poll only: what is written there breaks the session),
 * CLSET_FD_CLOSE, CLSET_FD_NCLOSE, CLGET_SERVER_ADDR, CLGET_SVC_ADDR, CLGET_XID, CLSET_XID, CLGET_VERS, CLSET_VERS,
 * CLGET_PROG, CLSET_PROG. clnt_destroy() ends the session with close_notify; batched calls that nothing was called after are
 * dropped.
 */
RPCTLS_API CLIENT *clnt_tls_create(const char *host, rpcprog_t prog, rpcvers_t vers,
                                   const struct rpctls_params *params);

/*
 * The same on `fd`, a connected TCP socket on which nothing was said yet. `host` is whom the server's certificate must name,
 * unless the parameters say otherwise, and is in messages. The descriptor stays the caller's to close, after the handle is
 * destroyed, unless CLSET_FD_CLOSE gives it to the handle. After a failure with rpctls_error_connection_ended() it is good
 * for close(2) only; otherwise nothing was sent.
 */
RPCTLS_API CLIENT *clnt_tls_create_fd(int fd, const char *host, rpcprog_t prog, rpcvers_t vers,
                                      const struct rpctls_params *params);

/*
 * Has what goes to the server from the next call on sealed with new keys (KeyUpdate, RFC 8446 4.6.3), and, if `peer_too` is
 * not zero, asks the server for the same. Nobody needs to: the library does so by itself before a key has sealed as many
 * records as is sound (RFC 8446 5.5); where the kernel has the keys, which it cannot change, the handle ends instead, between
 * two calls, and the next fails with RPC_CANTSEND and "key-worn" before any of it was sent. 0, or -1 with
 * rpctls_last_error(): "key-update-unsupported" where the kernel has the keys. Nothing has changed then.
 */
RPCTLS_API int rpctls_clnt_update_keys(CLIENT *client, int peer_too);

/*
 * What was agreed on with the server: it belongs to the handle. NULL: the handle calls in clear, or is not of this library.
 */
RPCTLS_API const struct rpctls_session *rpctls_clnt_session(const CLIENT *client);

#ifdef __cplusplus
}
#endif

#endif
