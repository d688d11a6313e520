/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One program with RPCSEC_GSS over TLS, by libtirpc's authenticators, for gss.sh.
 *
 * usage: gss-call serve SERVICE CERTIFICATE KEY          prints "port N"; ends with SIGTERM
 *        gss-call PORT CA SERVICE none|integrity|privacy|sys [bind]
 *
 * The client prints what the server says of it: the principal, the service, and the session. With "bind" it gives GSS the
 * channel binding tls-exporter of its session (RFC 9266).
 */
#include <rpctls/clnt.h>
#include <rpctls/svc.h>

#include <rpc/rpcsec_gss.h>

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM 0x20000778
#define VERSION 1
#define WHO 1

static SVCXPRT *transport;

static bool_t text(XDR *xdr, ...) {
    va_list arguments;
    va_start(arguments, xdr);
    char **string = va_arg(arguments, char **);
    va_end(arguments);
    return xdr_string(xdr, string, 4096);
}

static bool_t nothing(XDR *xdr, ...) {
    (void)xdr;
    return TRUE;
}

static const char *name_of(rpc_gss_service_t service) {
    return service == rpcsec_gss_svc_none        ? "none"
           : service == rpcsec_gss_svc_integrity ? "integrity"
           : service == rpcsec_gss_svc_privacy   ? "privacy"
                                                 : "?";
}

static void dispatch(struct svc_req *request, SVCXPRT *from) {
    char said[1024], *result = said, *asked = NULL;
    rpc_gss_rawcred_t *cred = NULL;
    const struct rpctls_session *session = svc_tls_session(from);
    const char *tls = session != NULL ? rpctls_session_tls_version(session) : "in clear";
    if (request->rq_proc == NULLPROC) {
        svc_sendreply(from, nothing, NULL);
        return;
    }
    if (!svc_getargs(from, text, &asked)) {
        svcerr_decode(from);
        return;
    }
    if (request->rq_cred.oa_flavor != RPCSEC_GSS)
        snprintf(said, sizeof said, "flavor %d, %s, \"%.64s\"", (int)request->rq_cred.oa_flavor, tls, asked);
    else if (rpc_gss_getcred(request, &cred, NULL, NULL))
        snprintf(said, sizeof said, "%.*s by %s with %s, %s, \"%.64s\"", (int)cred->client_principal->len,
                 cred->client_principal->name, cred->mechanism, name_of(cred->service), tls, asked);
    else
        snprintf(said, sizeof said, "nobody");
    svc_freeargs(from, text, &asked);
    if (!svc_sendreply(from, text, &result))
        svcerr_systemerr(from);
}

static void stop(int number) {
    (void)number;
    svc_tls_stop(transport);
}

static int complain(const char *what) {
    const struct rpctls_error *error = rpctls_last_error();
    fprintf(stderr, "gss-call: %s: %s\n", what, error != NULL ? rpctls_error_message(error) : "failed");
    return 1;
}

static int serve(char **argv) {
    struct rpctls_params *params = rpctls_params_new();
    rpctls_params_set_identity_files(params, argv[3], argv[4]);
    transport = svc_tls_create("127.0.0.1", 0, params);
    rpctls_params_free(params);
    if (transport == NULL)
        return complain("cannot serve");
    if (!rpc_gss_set_svc_name(argv[2], "kerberos_v5", 0, PROGRAM, VERSION))
        return complain("no credential of the service");
    if (!svc_reg(transport, PROGRAM, VERSION, dispatch, NULL))
        return complain("not registered");
    signal(SIGTERM, stop);
    printf("port %u\n", svc_tls_port(transport));
    fflush(stdout);
    return svc_tls_run(transport) == 0 ? 0 : complain("the loop failed");
}

static AUTH *authenticate(CLIENT *client, char *service, const char *how, int bind) {
    rpc_gss_options_req_t options;
    rpc_gss_options_ret_t outcome;
    struct gss_channel_bindings_struct binding;
    char application[64] = "tls-exporter:";
    const size_t prefix = strlen(application);
    size_t size = 0;
    const unsigned char *octets = rpctls_session_channel_binding(rpctls_clnt_session(client), &size);
    if (strcmp(how, "sys") == 0)
        return authunix_create_default();
    memset(&options, 0, sizeof options);
    memset(&outcome, 0, sizeof outcome);
    memset(&binding, 0, sizeof binding);
    memcpy(application + prefix, octets, size);
    binding.application_data.value = application;
    binding.application_data.length = prefix + size;
    options.req_flags = GSS_C_MUTUAL_FLAG;
    options.input_channel_bindings = bind ? &binding : GSS_C_NO_CHANNEL_BINDINGS;
    AUTH *auth = rpc_gss_seccreate(client, service, "kerberos_v5",
                                   strcmp(how, "none") == 0        ? rpcsec_gss_svc_none
                                   : strcmp(how, "integrity") == 0 ? rpcsec_gss_svc_integrity
                                                                   : rpcsec_gss_svc_privacy,
                                   NULL, &options, &outcome);
    if (auth == NULL)
        fprintf(stderr, "gss-call: no context: GSS %x, %x\n", (unsigned)outcome.major_status,
                (unsigned)outcome.minor_status);
    return auth;
}

static int call(int argc, char **argv) {
    const struct timeval patience = {10, 0};
    struct rpctls_params *params = rpctls_params_new();
    char *question = "a question", *answer = NULL;
    rpctls_params_set_port(params, (uint16_t)atoi(argv[1]));
    rpctls_params_set_truststore(params, argv[2]);
    CLIENT *client = clnt_tls_create("127.0.0.1", PROGRAM, VERSION, params);
    rpctls_params_free(params);
    if (client == NULL)
        return complain("no client");
    client->cl_auth = authenticate(client, argv[3], argv[4], argc > 5);
    if (client->cl_auth == NULL)
        return 1;
    for (int i = 0; i < 3; ++i) {
        if (clnt_call(client, WHO, text, &question, text, &answer, patience) != RPC_SUCCESS) {
            clnt_perror(client, "gss-call");
            return 1;
        }
        printf("%s\n", answer);
        clnt_freeres(client, text, &answer);
        answer = NULL;
    }
    auth_destroy(client->cl_auth);
    clnt_destroy(client);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 5 && strcmp(argv[1], "serve") == 0)
        return serve(argv);
    if (argc == 5 || argc == 6)
        return call(argc, argv);
    fputs("usage: gss-call serve SERVICE CERTIFICATE KEY | PORT CA SERVICE none|integrity|privacy|sys [bind]\n", stderr);
    return 2;
}
