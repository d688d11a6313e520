/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RPCTLS_RPCTLS_H
#define RPCTLS_RPCTLS_H

/*
 * RPC-with-TLS (RFC 9289) for programs in C.
 *
 * Objects are opaque, made by a function and given back to its _free function; NULL may be given back too. Strings
 * that go in are copied. Strings that come out are UTF-8 or ASCII, end in NUL, hold no control characters, and belong
 * to the object they were asked of: they live as long as it does, unless said otherwise. Times are in milliseconds.
 *
 * Any function may be called from any thread. One object may be read by several threads at once, but while one thread
 * changes or frees it no other may use it.
 *
 * A function that can fail says so by its return value; rpctls_last_error() then tells why.
 */

#include <rpctls/api.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that runs, e.g. "0.1.0"; static storage. */
RPCTLS_API const char *rpctls_version(void);

/* ---- Errors ---- */

struct rpctls_error;

/*
 * Why the last call of a rpctls_ function in this thread failed; NULL when it succeeded. The error belongs to the
 * thread and lives until its next call of a function that can fail. The functions that read an error, and those that
 * cannot fail, leave it alone.
 */
RPCTLS_API const struct rpctls_error *rpctls_last_error(void);

/* Where it failed: "input", "resolve", "connect", "probe", "handshake", "verify", "rpc", … */
RPCTLS_API const char *rpctls_error_stage(const struct rpctls_error *error);
/* A stable name for programs: "connection-refused", "tls-not-offered", "server-name-mismatch", … */
RPCTLS_API const char *rpctls_error_name(const struct rpctls_error *error);
/* What failed and the facts, one line for people. */
RPCTLS_API const char *rpctls_error_message(const struct rpctls_error *error);
/* What can be done about it, one line for people; "" when nothing is known. */
RPCTLS_API const char *rpctls_error_hint(const struct rpctls_error *error);
/* The errno beneath it, 0 when there is none. */
RPCTLS_API int rpctls_error_errno(const struct rpctls_error *error);
/* Non-zero when the connection that the call was about was shut down: its socket is good for close(2) only. */
RPCTLS_API int rpctls_error_connection_ended(const struct rpctls_error *error);

/* ---- Parameters ---- */

struct rpctls_params;

/*
 * What TLS is to be used with: the system's trust store, no certificate of our own and 8000 ms for everything, until
 * set otherwise. NULL when memory is out.
 */
RPCTLS_API struct rpctls_params *rpctls_params_new(void);
RPCTLS_API void rpctls_params_free(struct rpctls_params *params);

/*
 * The setters return 0, or -1 with rpctls_last_error() when an argument makes no sense. Files are read when the
 * parameters are used, and each time anew.
 */

/* A PEM file of the CA certificates to trust, instead of the system's (RFC 9289 5.2.1). NULL: the system's. */
RPCTLS_API int rpctls_params_set_truststore(struct rpctls_params *params, const char *path);
/* A file of revocation lists (PEM or DER) that the peer's certificates must not be on. NULL, the default: none. */
RPCTLS_API int rpctls_params_set_crl(struct rpctls_params *params, const char *path);
/*
 * The certificate chain (PEM or DER) and its private key (readable by nobody else) to prove when a server asks
 * (RFC 9289 4.2). Both or, to prove nothing, neither. Either may be a pkcs11: URL (RFC 7512) instead of a path: a key in a
 * token stays there and signs in each handshake, and its PIN is in the file that pin-source= names, never in the URL. Of a
 * certificate in a token no chain is sent; a file has room for one.
 */
RPCTLS_API int rpctls_params_set_identity_files(struct rpctls_params *params, const char *certificate,
                                                const char *private_key);
/*
 * The name or IP literal that the server's certificate must hold as dNSName or iPAddress (RFC 9289 5.2.1, RFC 9525),
 * when it is not the host that is called. NULL: the host.
 */
RPCTLS_API int rpctls_params_set_server_name(struct rpctls_params *params, const char *name);
/*
 * The server's key must be this one, or another that was added: SHA-256 of its SPKI in hexadecimal, as `tlsctl probe` and
 * rpctls_session_peer_spki() show it. That is beside all that its certificate must be, not instead of it.
 */
RPCTLS_API int rpctls_params_add_server_pin(struct rpctls_params *params, const char *pin);
/*
 * Where a client calls. 0: where the host's rpcbind says; that question goes in clear, and who answers it falsely can keep
 * the client from the server, but not have it call another one in its place.
 */
RPCTLS_API int rpctls_params_set_port(struct rpctls_params *params, uint16_t port);
/* For all stages together: 1 to 3,600,000 ms. */
RPCTLS_API int rpctls_params_set_timeout(struct rpctls_params *params, uint32_t milliseconds);
/*
 * Non-zero: insist on the server selecting ALPN `sunrpc`, as RFC 9289 5 asks. Zero, the default: a server that selects
 * nothing is borne with, since the kernels' servers of today do not.
 */
RPCTLS_API int rpctls_params_set_strict_alpn(struct rpctls_params *params, int strict);

/*
 * Pre-shared keys (RFC 9289 5.2.2, RFC 8446 2.2): both ends have the same one under the same identity, 1 to 1024 printable
 * ASCII characters, and whoever proves to have it is the peer. No certificate and no name is looked at then, and both ends
 * count as having proved who they are. So a key is for one pair of hosts: with one that several have, each can be taken for
 * any other. The identity can be read by whoever listens.
 *
 * A client takes one key, and offers it and nothing else: a server that does not have it is not called. Its truststore, its
 * identity files and its server name do not count then; pins, which are of certificates, are refused beside it. A server
 * takes several; a client that offers one of them is served by it, each other by certificate if there are identity files.
 *
 * The hash is that of the key's binder, and both ends must mean the same (RFC 8446 4.2.11): SHA-384 goes with AES-256-GCM
 * and needs GnuTLS 3.8.11, SHA-256 with AES-128-GCM. The key is read when the parameters are used, and wiped afterwards.
 */
enum rpctls_psk_hash {
    RPCTLS_PSK_HASH_BY_LENGTH = 0, /* SHA-384 for 48 octets, else SHA-256 */
    RPCTLS_PSK_HASH_SHA256 = 1,
    RPCTLS_PSK_HASH_SHA384 = 2
};
/* The key of 32 or 48 octets in a file that nobody else can read, as `tlsctl psk generate` writes it: hexadecimal too. */
RPCTLS_API int rpctls_params_add_psk_file(struct rpctls_params *params, const char *identity,
                                          const char *path, enum rpctls_psk_hash hash);
/*
 * The kernel's key of that serial number (keyrings(7), type `user` or `psk`), which the caller may read: its description is
 * the identity, its payload, 16 octets at least, the key.
 */
RPCTLS_API int rpctls_params_add_psk_key(struct rpctls_params *params, int32_t serial,
                                         enum rpctls_psk_hash hash);

/* What a client insists on, or a server, before it calls or answers (RFC 9289 6.1). Values may be added. */
enum rpctls_policy {
    RPCTLS_POLICY_NONE = 1,          /* in clear; TLS is not asked for, or not offered */
    RPCTLS_POLICY_OPPORTUNISTIC = 2, /* TLS where the other end can, in clear only where it says that it cannot */
    RPCTLS_POLICY_TLS = 3,           /* TLS and a server that proves who it is; the default */
    RPCTLS_POLICY_MTLS = 4           /* and a client that does */
};
RPCTLS_API int rpctls_params_set_policy(struct rpctls_params *params, enum rpctls_policy policy);

/* Whether the kernel is to seal and open the records (kTLS). rpctls_session_in_kernel() tells what came of it. */
enum rpctls_ktls {
    RPCTLS_KTLS_NEVER = 1,
    RPCTLS_KTLS_IF_POSSIBLE = 2, /* the default: where it cannot, the library goes on by itself */
    RPCTLS_KTLS_REQUIRED = 3
};
RPCTLS_API int rpctls_params_set_ktls(struct rpctls_params *params, enum rpctls_ktls use);

/*
 * For how many seconds after a full handshake its session may be resumed (RFC 8446 2.2): by further handshakes without
 * certificates, each with a fresh key exchange and without early data. 0, the default: never; 604800 at most. Both ends must
 * want it. It is for programs at both ends: a kernel's client takes a ticket for data, so no server of NFS should give any.
 *
 * What is resumed is judged as a full handshake is: the certificates of the session before by the trust, the revocation lists
 * and the policy of now, ALPN and the client's name for the server by what was said now. A ticket that is not taken leads to
 * a full handshake. Pre-shared keys need none and get none.
 *
 * Clients keep at most 64 tickets in memory, the newest, each for one use. They belong to these parameters, are shared by all
 * handles and connections made with them, and go when the last of those and the parameters have gone. A ticket is used only
 * for the same server name, address and port, identity, truststore, revocation list and pins as the session before. Another
 * call of this function begins anew, without tickets.
 *
 * Servers seal their tickets with keys that are in memory only, of one server and one choice, replaced after that time and by
 * each reload.
 */
RPCTLS_API int rpctls_params_set_resumption(struct rpctls_params *params, uint32_t seconds);

/* ---- Probing ---- */

/* What a server says to the AUTH_TLS probe (RFC 9289 4.1). Values may be added. */
enum rpctls_offer {
    RPCTLS_OFFER_UNKNOWN = 0, /* no answer that makes sense */
    RPCTLS_OFFER_YES = 1,     /* STARTTLS */
    RPCTLS_OFFER_NO = 2,      /* accepted, but without STARTTLS */
    RPCTLS_OFFER_REFUSED = 3  /* MSG_DENIED: the server does not know AUTH_TLS */
};

struct rpctls_probe_result;

/*
 * Resolves `host` (a name or a literal), connects to `port` over TCP, probes `program` and `version`, shakes hands
 * with the parameters' credentials and calls the program's procedure 0 inside TLS. Sends nothing in clear but the
 * probe. `params` may be NULL for the defaults. Blocks for at most the parameters' timeout.
 *
 * Returns 0 when all of that went well, -1 otherwise; rpctls_last_error() then tells the first thing that did not.
 * Either way *result is what was seen on the way, for the caller to give to rpctls_probe_free(); NULL only when an
 * argument made no sense, a file could not be read or memory was out.
 */
RPCTLS_API int rpctls_probe(const char *host, uint16_t port, uint32_t program, uint32_t version,
                            const struct rpctls_params *params, struct rpctls_probe_result **result);
RPCTLS_API void rpctls_probe_free(struct rpctls_probe_result *result);

RPCTLS_API enum rpctls_offer rpctls_probe_offer(const struct rpctls_probe_result *result);
/* The address that was used last, "" when there was none. */
RPCTLS_API const char *rpctls_probe_address(const struct rpctls_probe_result *result);
/* "TLS 1.3", "TLS_AES_256_GCM_SHA384", "x25519": "" as long as nothing was agreed on. */
RPCTLS_API const char *rpctls_probe_tls_version(const struct rpctls_probe_result *result);
RPCTLS_API const char *rpctls_probe_cipher(const struct rpctls_probe_result *result);
RPCTLS_API const char *rpctls_probe_group(const struct rpctls_probe_result *result);
/* The protocol that the server selected (RFC 7301): "sunrpc", or NULL when it selected none. */
RPCTLS_API const char *rpctls_probe_alpn(const struct rpctls_probe_result *result);
/* Subject and issuer of the server's certificate as in RFC 4514, "" when it sent none. */
RPCTLS_API const char *rpctls_probe_peer_subject(const struct rpctls_probe_result *result);
RPCTLS_API const char *rpctls_probe_peer_issuer(const struct rpctls_probe_result *result);
/* Non-zero when the server's certificate was verified; when it asked for ours; when ours was sent. */
RPCTLS_API int rpctls_probe_peer_verified(const struct rpctls_probe_result *result);
RPCTLS_API int rpctls_probe_certificate_requested(const struct rpctls_probe_result *result);
RPCTLS_API int rpctls_probe_certificate_sent(const struct rpctls_probe_result *result);
/* Non-zero when procedure 0 was answered inside TLS. */
RPCTLS_API int rpctls_probe_answered(const struct rpctls_probe_result *result);

/* ---- Sessions ---- */

/*
 * What was agreed on in a handshake, and with whom. An agent's session is the caller's to free; those of clients and
 * servers belong to their handle. It does not change, whatever becomes of the connection.
 */
struct rpctls_session;

RPCTLS_API void rpctls_session_free(struct rpctls_session *session);

/* As rpctls_probe_tls_version() and so on. */
RPCTLS_API const char *rpctls_session_tls_version(const struct rpctls_session *session);
RPCTLS_API const char *rpctls_session_cipher(const struct rpctls_session *session);
RPCTLS_API const char *rpctls_session_group(const struct rpctls_session *session);
RPCTLS_API const char *rpctls_session_alpn(const struct rpctls_session *session);
/* Non-zero when the peer proved an identity (a server always did); when ours was sent; both in the session before, if resumed. */
RPCTLS_API int rpctls_session_peer_verified(const struct rpctls_session *session);
RPCTLS_API int rpctls_session_certificate_sent(const struct rpctls_session *session);
/* Non-zero when it resumed a session before (rpctls_params_set_resumption()): the peer's certificates are that one's. */
RPCTLS_API int rpctls_session_resumed(const struct rpctls_session *session);
/* Non-zero when the kernel seals and opens the records (kTLS). */
RPCTLS_API int rpctls_session_in_kernel(const struct rpctls_session *session);
/* The identity of the pre-shared key that both ends proved to have (RFC 9289 5.2.2); NULL when certificates did. */
RPCTLS_API const char *rpctls_session_psk_identity(const struct rpctls_session *session);
/* For a server: the name that the client asked for (SNI, RFC 6066), in lower case; NULL when it named none. */
RPCTLS_API const char *rpctls_session_requested_name(const struct rpctls_session *session);
/* Subject and issuer as in RFC 4514, serial number and SHA-256 of the public key (SPKI) in hexadecimal; "" without. */
RPCTLS_API const char *rpctls_session_peer_subject(const struct rpctls_session *session);
RPCTLS_API const char *rpctls_session_peer_issuer(const struct rpctls_session *session);
RPCTLS_API const char *rpctls_session_peer_serial(const struct rpctls_session *session);
RPCTLS_API const char *rpctls_session_peer_spki(const struct rpctls_session *session);
/* The peer's subject alternative names, from index 0; NULL past the last. */
RPCTLS_API const char *rpctls_session_peer_dns_name(const struct rpctls_session *session, size_t index);
RPCTLS_API const char *rpctls_session_peer_ip_address(const struct rpctls_session *session, size_t index);
RPCTLS_API const char *rpctls_session_peer_uri(const struct rpctls_session *session, size_t index);
/* For a server: the tags of the sections [clients.TAG] of rpctls.conf(5) that the client passes; NULL past the last. */
RPCTLS_API const char *rpctls_session_peer_tag(const struct rpctls_session *session, size_t index);
/* The peer's certificates in DER as it sent them, its own at index 0; NULL past the last. */
RPCTLS_API const unsigned char *rpctls_session_peer_certificate(const struct rpctls_session *session,
                                                                size_t index, size_t *size);
/* The channel binding tls-exporter (RFC 9266): both ends of this session have the same octets, and nobody else. */
RPCTLS_API const unsigned char *rpctls_session_channel_binding(const struct rpctls_session *session,
                                                               size_t *size);

/* ---- Servers ---- */

/* What svc_tls_create() of <rpctls/svc.h> goes by beside the above; the setters return 0, or -1 as those do. */

/* Connections in all and of one address; 1000 and 250. More are closed at once. */
RPCTLS_API int rpctls_params_set_connection_limits(struct rpctls_params *params, uint32_t all,
                                                   uint32_t per_peer);
/* Handshakes that one address may have unfinished; 32. */
RPCTLS_API int rpctls_params_set_handshake_limit(struct rpctls_params *params, uint32_t unfinished_per_peer);
/* The largest call and the largest reply: 1024 to 1073741824 octets; 4194304. */
RPCTLS_API int rpctls_params_set_record_limit(struct rpctls_params *params, uint32_t octets);
/* From the answer to the probe to the end of the handshake: 1 to 3,600,000 ms; 10000. */
RPCTLS_API int rpctls_params_set_handshake_timeout(struct rpctls_params *params, uint32_t milliseconds);
/* Without a call: 0 to 3,600,000 ms; 0, the default, is for ever. */
RPCTLS_API int rpctls_params_set_idle_timeout(struct rpctls_params *params, uint32_t milliseconds);
/* No octet further in the middle of a call or of a reply: 1 to 3,600,000 ms; 30000. */
RPCTLS_API int rpctls_params_set_stall_timeout(struct rpctls_params *params, uint32_t milliseconds);
/* What svc_tls_stop() leaves to calls under way: 1 to 3,600,000 ms; 10000. */
RPCTLS_API int rpctls_params_set_drain_timeout(struct rpctls_params *params, uint32_t milliseconds);
/*
 * Other material than the parameters' own, for some of the clients: of `choice`, which is copied, its identity files,
 * pre-shared keys, truststore and revocation list count, and RPCTLS_POLICY_MTLS, which makes these clients prove who they
 * are; no other policy takes that from a server. Files are read with the server's, and when it reloads. Labels differ in
 * more than case. Without rpctls_params_set_selection() the label is the name that a client asks for (SNI, RFC 6066), and
 * all other clients get the parameters' own.
 */
RPCTLS_API int rpctls_params_add_choice(struct rpctls_params *params, const char *label,
                                        const struct rpctls_params *choice);
/*
 * Who chooses for each handshake: `select` is called in the thread of the loop, by a C++ Server in its handshake threads,
 * several at once. It must not block, and gets the name that the client asks for, in lower case, NULL when it asks for
 * none. It returns a label, which is copied at once, "" for the parameters' own, or NULL, which refuses the client with
 * unrecognized_name, as an unknown label does. The name is the client's word and proves nothing. NULL, the default: by the
 * labels themselves.
 */
RPCTLS_API int rpctls_params_set_selection(struct rpctls_params *params,
                                           const char *(*select)(void *context, const char *server_name),
                                           void *context);
/*
 * Who gets the audit lines (RFC 9289 6.1): one line of printable text for each choice of a security mode, and for each
 * connection that was ended for a fault. `log` is called in the thread of the loop and must not block. NULL, the default:
 * standard error.
 */
RPCTLS_API int rpctls_params_set_log(struct rpctls_params *params,
                                     void (*log)(void *context, const char *line), void *context);

/* ---- Handshakes by the agent ---- */

/*
 * rpctlsd(8) performs the TLS handshake on a socket that a program has connected, and hands record protection to the
 * kernel (kTLS): the program goes on with the same socket, and no private key is ever in its memory. Which users may
 * have which identity used in which role is said in rpctls.conf(5), [service.NAME]; root may everything.
 */

enum rpctls_role { RPCTLS_ROLE_CLIENT = 1, RPCTLS_ROLE_SERVER = 2 };

struct rpctls_agent_request;

/*
 * A client that proves nothing, or a server that proves what the agent's settings name and lets clients prove nothing;
 * ALPN `sunrpc` where the peer knows it; 10000 ms. Until set otherwise. NULL when memory is out or the role is none.
 */
RPCTLS_API struct rpctls_agent_request *rpctls_agent_request_new(enum rpctls_role role);
RPCTLS_API void rpctls_agent_request_free(struct rpctls_agent_request *request);

/* The setters return 0, or -1 with rpctls_last_error() when an argument makes no sense. */

/* For a client: the name or IP literal that the server's certificate must hold (RFC 9289 5.2.1). Required. */
RPCTLS_API int rpctls_agent_request_set_server_name(struct rpctls_agent_request *request, const char *name);
/* Prove the identity of this name, as `tlsctl identity list` shows them. NULL, for a client: prove nothing. */
RPCTLS_API int rpctls_agent_request_set_identity(struct rpctls_agent_request *request, const char *name);
/* Prove what the agent's settings name for the role. */
RPCTLS_API int rpctls_agent_request_set_configured_identity(struct rpctls_agent_request *request);
/* For a server, non-zero: a client without a verified certificate is refused. */
RPCTLS_API int rpctls_agent_request_set_client_certificate_required(struct rpctls_agent_request *request,
                                                                    int required);
/* What ALPN (RFC 7301) is to agree on, for programs that speak something else than RPC; NULL: no ALPN. */
RPCTLS_API int rpctls_agent_request_set_protocol(struct rpctls_agent_request *request, const char *protocol);
/* Non-zero: refuse a peer that selects or offers nothing, as RFC 9289 5 asks. */
RPCTLS_API int rpctls_agent_request_set_strict_alpn(struct rpctls_agent_request *request, int strict);
/* For all of it: 1 to 60,000 ms. */
RPCTLS_API int rpctls_agent_request_set_timeout(struct rpctls_agent_request *request, uint32_t milliseconds);
/*
 * Another agent's control socket than that of the caller's network namespace: /run/rpctls-netns/NAME/agent.sock if an
 * agent serves it under that name, /run/rpctls/agent.sock otherwise.
 */
RPCTLS_API int rpctls_agent_request_set_socket(struct rpctls_agent_request *request, const char *path);

/*
 * Lets the agent perform the handshake on `fd`, a connected TCP socket, blocking or not; blocks until it has ended.
 * Nobody may read from or write to the socket meanwhile. RPC needs the STARTTLS exchange first: rpctls_agent_starttls()
 * does it for a client; a server answers the probe itself, reads nothing more, and calls this.
 *
 * Returns 0 when the peer was verified and the kernel seals and opens what goes over `fd` from now on; *session, for the
 * caller to give to rpctls_session_free(), then tells with whom. Returns -1 otherwise, with *session NULL;
 * rpctls_error_connection_ended() tells whether the connection was shut down. If it was not, nothing was read from it or
 * written to it.
 */
RPCTLS_API int rpctls_agent_handshake(int fd, const struct rpctls_agent_request *request,
                                      struct rpctls_session **session);
/*
 * The same for a client, after the AUTH_TLS probe (RFC 9289 4.1) for `program` and `version`. With "tls-not-offered" and
 * "tls-refused" the connection stays as it is after any answered call, with "argument-invalid" nothing was sent; every
 * other failure ends it.
 */
RPCTLS_API int rpctls_agent_starttls(int fd, uint32_t program, uint32_t version,
                                     const struct rpctls_agent_request *request,
                                     struct rpctls_session **session);

#ifdef __cplusplus
}
#endif

#endif
