#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# clnt_tls_create() with port 0 and a real rpcbind, in a network and a /run of their own.
#
# usage: tests/conformance/rpcbind.sh BUILD-DIRECTORY
# shellcheck disable=SC2317 # functions that check() calls
set -uo pipefail

build=$(realpath "${1:?the build directory is missing}")
PATH=$PATH:/usr/sbin:/sbin
for program in openssl rpcbind rpcinfo unshare ip "$build/tally-server" "$build/tally-client"; do
    command -v "$program" >/dev/null || { echo "not ok - $program is not there"; exit 1; }
done
if [ "${RPCBIND_TEST_WITHIN:-}" != yes ]; then
    . tests/support/as-root.sh
    as_root unshare --net --mount --pid --fork --kill-child env RPCBIND_TEST_WITHIN=yes PATH="$PATH" "$0" "$build"
    exit
fi
. tests/support/checks.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT # all that runs here ends with this script, which is its first process
cd "$work" || exit 1
mount -t tmpfs none /run && mkdir -p /run/rpcbind && ip link set lo up || exit 1

prepare() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=server" -keyout server.key \
        -out server.pem -days 2 -addext subjectAltName=DNS:server.example && chmod 600 server.key || return
    cat >register.c <<'END'
#include <rpc/rpc.h>
#include <rpc/pmap_clnt.h>
#include <netinet/in.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    const unsigned long program = strtoul(argv[1], NULL, 0);
    (void)pmap_unset(program, 1);
    return argc > 2 && !pmap_set(program, 1, IPPROTO_TCP, atoi(argv[2]));
}
END
    # shellcheck disable=SC2046 # words on purpose
    "${CC:-gcc}" -D_GNU_SOURCE $(pkg-config --cflags libtirpc) register.c -o register $(pkg-config --libs libtirpc)
}
program=$(sed -n 's/.*TALLY_PROG \([x0-9a-fA-F]*\).*/\1/p' "$build/examples/generated/tally.h" | head -1)
start() { # FILE ARGUMENT…: a server that writes its port there
    local file=$1
    shift
    "$build/tally-server" 0 "$@" >"$file" 2>audit &
    for _ in {1..100}; do
        [ -s "$file" ] && return 0
        sleep 0.1
    done
    return 1
}
port_in() { sed -n 's/^port //p' "$1"; }
call() { timeout 20 "$build/tally-client" 0 3 server.example server.pem >said 2>&1; local status=$?; cat said; return "$status"; }
refused() { ! call && grep -q "$1" said; }
rpcbind_answers() {
    for _ in {1..50}; do
        rpcinfo -p 127.0.0.1 && return
        sleep 0.1
    done
    return 1
}

check "a certificate and a program that registers are made" prepare
check "without a rpcbind the client says that nobody tells the port" refused 'does not tell where the program is'
rpcbind -f -w >rpcbind.out 2>&1 &
check "rpcbind runs" rpcbind_answers
check "a program that it does not know is told" refused 'Program not registered'
start port tls server.pem server.key server.pem
check "a server is registered" ./register "$program" "$(port_in port)"
check "a client with port 0 finds it and is served over TLS" call
check "and the server knows so" grep 'mode=tls' audit
start clear
check "a server in clear is registered in its place" ./register "$program" "$(port_in clear)"
check "R-4.1-15: what rpcbind says leads there, and no call does" refused 'TLS'
check "the registration is taken back" ./register "$program"
check "and the next client is told so" refused 'Program not registered'
exit "$failed"
