#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# RPCSEC_GSS with Kerberos over TLS: libtirpc's authenticators at both ends, and a KDC of the test's own on a high port.
#
# usage: tests/conformance/gss.sh BUILD-DIRECTORY
# shellcheck disable=SC2317 # functions that check() calls
set -uo pipefail

build=$(realpath "${1:?the build directory is missing}")
top=$(realpath .)
PATH=$PATH:/usr/sbin:/sbin
for program in openssl krb5kdc kdb5_util kadmin.local kinit; do
    command -v "$program" >/dev/null || { echo "not ok - $program is not there"; exit 1; }
done
. tests/support/checks.sh
work=$(mktemp -d)
running=()
trap '[ ${#running[@]} = 0 ] || kill "${running[@]}" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1

make -C "$build" -s librpctls.la
export LD_LIBRARY_PATH=$build/.libs
compile() {
    # shellcheck disable=SC2046 # words on purpose
    "${CC:-gcc}" -std=gnu11 -Wall -Wextra -Werror -I"$top/rpc/include" $(pkg-config --cflags libtirpc | sed 's/-I/-isystem /g') \
        "$top/tests/conformance/gss_call.c" -o gss-call -L"$build/.libs" -lrpctls $(pkg-config --libs libtirpc)
}
# Shows what GSS is given for a channel binding, and lets every call through.
watcher() {
    cat >watch.c <<'END'
#include <dlfcn.h>
#include <gssapi/gssapi.h>
#include <stdio.h>
static unsigned size(gss_channel_bindings_t binding) {
    return binding != GSS_C_NO_CHANNEL_BINDINGS ? (unsigned)binding->application_data.length : 0;
}
OM_uint32 gss_init_sec_context(OM_uint32 *minor, gss_cred_id_t own, gss_ctx_id_t *context, gss_name_t target, gss_OID mech,
                               OM_uint32 flags, OM_uint32 time, gss_channel_bindings_t binding, gss_buffer_t in,
                               gss_OID *actual, gss_buffer_t out, OM_uint32 *given, OM_uint32 *lasts) {
    __typeof__(&gss_init_sec_context) next = dlsym(RTLD_NEXT, "gss_init_sec_context");
    fprintf(stderr, "the client binds %u octets\n", size(binding));
    return next(minor, own, context, target, mech, flags, time, binding, in, actual, out, given, lasts);
}
OM_uint32 gss_accept_sec_context(OM_uint32 *minor, gss_ctx_id_t *context, gss_cred_id_t own, gss_buffer_t in,
                                 gss_channel_bindings_t binding, gss_name_t *source, gss_OID *mech, gss_buffer_t out,
                                 OM_uint32 *flags, OM_uint32 *lasts, gss_cred_id_t *delegated) {
    __typeof__(&gss_accept_sec_context) next = dlsym(RTLD_NEXT, "gss_accept_sec_context");
    fprintf(stderr, "the server compares %u octets\n", size(binding));
    return next(minor, context, own, in, binding, source, mech, out, flags, lasts, delegated);
}
END
    "${CC:-gcc}" -D_GNU_SOURCE -Wall -Werror -shared -fPIC watch.c -o watch.so
}
certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=server" -keyout server.key \
        -out server.pem -days 2 -addext subjectAltName=IP:127.0.0.1 && chmod 600 server.key
}

# A port that was free a moment ago; the KDC is asked over TCP and UDP.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >krb5.conf <<END
[libdefaults]
    default_realm = RPCTLS.TEST
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
[realms]
    RPCTLS.TEST = {
        kdc = 127.0.0.1:$port
    }
[domain_realm]
    localhost = RPCTLS.TEST
END
cat >kdc.conf <<END
[realms]
    RPCTLS.TEST = {
        database_name = $work/principal
        key_stash_file = $work/stash
        acl_file = $work/acl
        kdc_listen = 127.0.0.1:$port
        kdc_tcp_listen = 127.0.0.1:$port
    }
[logging]
    kdc = FILE:$work/kdc.log
END
export KRB5_CONFIG=$work/krb5.conf KRB5_KDC_PROFILE=$work/kdc.conf KRB5CCNAME=FILE:$work/tickets KRB5_KTNAME=FILE:$work/keytab
export KRB5RCACHENAME=none: # nothing of the machine's own
realm() {
    kdb5_util create -s -W -P "$(openssl rand -hex 16)" && kadmin.local addprinc -pw secret alice &&
        kadmin.local addprinc -randkey tally/localhost && kadmin.local ktadd -k "$work/keytab" tally/localhost
}
ticket() {
    for _ in {1..50}; do
        kinit alice <<<secret && return
        sleep 0.1
    done
    cat "$work/kdc.log"
    return 1
}

check "the program is built" compile
check "so is what watches its calls of GSS" watcher
check "a certificate is made" certificate
check "a realm is made" realm
krb5kdc -n -P "$work/kdc.pid" >kdc.out 2>&1 &
running+=($!)
check "its KDC gives alice a ticket" ticket
export LD_PRELOAD=$work/watch.so
./gss-call serve tally@localhost server.pem server.key >port 2>audit &
running+=($!)
for _ in {1..100}; do
    [ -s port ] && break
    sleep 0.1
done
check "a server with a key of the realm's starts" test -s port

says() { # TEXT ARGUMENT…: three calls, each so answered
    local text=$1
    shift
    timeout 20 ./gss-call "$(sed -n 's/^port //p' port)" server.pem tally@localhost "$@"  >said 2>&1
    cat said audit
    [ "$(grep -c "^$text, TLS 1.3, \"a question\"\$" said)" = 3 ]
}
for service in none integrity privacy; do
    check "R-4.2-7: alice is known to the dispatch function through TLS, with the service $service" \
        says "alice@RPCTLS.TEST by kerberos_v5 with $service" "$service"
done
check "a client that gives GSS its session's channel binding is served" \
    says "alice@RPCTLS.TEST by kerberos_v5 with none" none bind
# "tls-exporter:" and 32 octets. When this fails libtirpc's server has learned to compare, and clnt_tls_create(3) is to say so.
check "libtirpc's client passes it on" grep 'client binds 45 octets' said
check "libtirpc's server compares none" bash -c "grep 'server compares' audit && ! grep 'server compares [1-9]' audit"
check "AUTH_SYS goes over the same server" says 'flavor 1' sys
kdestroy 2>/dev/null
no_ticket() {
    timeout 20 ./gss-call "$(sed -n 's/^port //p' port)" server.pem tally@localhost integrity >said 2>&1 && return 1
    cat said
    grep -q 'no context' said
}
check "without a ticket there is no context" no_ticket
exit "$failed"
