/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RPCTLS_TLS_HS_H
#define RPCTLS_TLS_HS_H

/*
 * A connected TCP socket and a keyring in, a TLS 1.3 session out: the call of the in-kernel TLS_HS design, performed in the
 * program (RFC 9289 sections 4.2 and 5.2, without the STARTTLS exchange before it).
 *
 * The keyring, keyrings(7), has what this end is to prove itself and its peer with, in keys of type `user` whose
 * descriptions are
 *
 *     psk-N-id, psk-N-master   identity and key of a pre-shared key, N from 0 to 4; both ends have them. A key of 48 octets
 *                              is one of SHA-384, others of SHA-256; 16 octets at least
 *     crt-N                    the certificate chain, crt-0 this end's own, in DER or PEM
 *     pkey                     the private key of crt-0, in DER or PEM
 *     ca                       the CA certificates to trust, one in DER or any number in PEM
 *
 * either pre-shared keys or certificates. Other keys are left alone. A client with several pre-shared keys uses the one of
 * the lowest number, a server the one that its client names.
 */

#include <rpctls/rpctls.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One end of a session. It belongs to one thread at a time. */
struct rpctls_stream;

/*
 * Shakes hands on `fd`, a connected TCP socket, with what is on the keyring of that serial number; the special numbers
 * KEY_SPEC_..._KEYRING of keyctl(2) may be given, too. Keys are read once, before anything is sent. The caller may read
 * them; keys for possessors only are possessed meanwhile by the calling thread, if the keyring may be linked.
 *
 * `server_name` is a client's: the name or IP literal that the server's certificate must hold (RFC 9289 5.2.1); in
 * messages only with a pre-shared key, where it may be NULL. A server's is NULL.
 *
 * Of the parameters, NULL for the defaults, count: the timeout; kTLS; strict ALPN and, for a client, the pins; the
 * revocation list, and the truststore where there are certificates and no `ca`; RPCTLS_POLICY_MTLS for a server that
 * insists on a certificate. A client with crt-0 shows it when asked. ALPN is `sunrpc`; with pre-shared keys there is none.
 *
 * Blocks for at most the timeout, also on a non-blocking socket. The stream, and *session unless `session` is NULL, are
 * the caller's to free. The descriptor stays the caller's, for close(2) after rpctls_stream_free(); until then it is read
 * and written by the stream only, or, where rpctls_session_in_kernel() says so, by read(2), write(2), sendfile(2) and
 * the like as well.
 *
 * NULL with rpctls_last_error(): rpctls_error_connection_ended() tells whether the connection was shut down; if it was
 * not, nothing was read or written. Errors about a key name it.
 */
RPCTLS_API struct rpctls_stream *rpctls_tls_hs(int fd, int32_t keyring, enum rpctls_role role,
                                               const char *server_name, const struct rpctls_params *params,
                                               struct rpctls_session **session);

/*
 * Both wait for up to `milliseconds`, 0 not at all, and return a number of octets, or -1 with rpctls_last_error(): `timeout`
 * (stage rpc) when nothing came, or nothing was taken; the session goes on then. Any other error is its end.
 *
 * receive: what is there, 1 to `size`; 0 when the peer ended the session with close_notify (RFC 8446 6.1). A
 * connection that ends without it is session-truncated. send: how many of the octets were taken, 1 to `size`; after
 * `timeout` the next call gives the same octets again.
 */
RPCTLS_API int64_t rpctls_stream_receive(struct rpctls_stream *stream, void *octets, size_t size,
                                         uint32_t milliseconds);
RPCTLS_API int64_t rpctls_stream_send(struct rpctls_stream *stream, const void *octets, size_t size,
                                      uint32_t milliseconds);
/* Octets that rpctls_stream_receive() has without the socket being readable: for programs that poll(2) it. None for NULL. */
RPCTLS_API size_t rpctls_stream_pending(const struct rpctls_stream *stream);
/* Sends close_notify, once, as far as the socket takes it; for NULL nothing. What the peer sent can still be received. */
RPCTLS_API void rpctls_stream_close(struct rpctls_stream *stream);
/* With rpctls_stream_close(). */
RPCTLS_API void rpctls_stream_free(struct rpctls_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
