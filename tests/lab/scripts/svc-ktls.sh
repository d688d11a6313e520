#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# The sample program that rpcgen makes, over TLS in both directions by the kernel's records, where its kernel has TLS.
set -uo pipefail

pki=/run/pki
# Not libtool's wrappers: the programs themselves, with the installed library.
programs=/lab/repo/build/.libs
cd /tmp || exit 1

issue_credentials "$pki"
modprobe tls 2>/dev/null || true
tls_counter() { awk -v name="$1" '$1 == name { print $2 }' /proc/net/tls_stat; }
check_that "this kernel has TLS for sockets" test -e /proc/net/tls_stat

start_tally() {
    "$programs/tally-server" 0 "$1" "$pki/server.pem" "$pki/server.key" "$pki/ca.pem" >/tmp/port 2>/tmp/audit &
    server=$!
    for _ in {1..100}; do
        port=$(sed -n 's/^port //p' /tmp/port)
        [[ $port ]] && return
        sleep 0.1
    done
    cat /tmp/audit
    return 1
}
tally() { timeout 30 "$programs/tally-client" "$port" "$@"; }
# Not in a check of its own, which is a subshell: the server is this shell's.
started=no
start_tally opportunistic && started=yes
check_that "the server starts" test $started = yes

before_rx=$(tls_counter TlsRxSw) before_tx=$(tls_counter TlsTxSw)
check_that "a client in clear is served" prints '^2, in clear$' tally 2
check_that "a plain client takes no kernel session" test "$(tls_counter TlsTxSw)" = "$before_tx"
check_that "a client that proves who it is is served by the kernel's records" \
    prints '^5, TLS 1.3, TLS_[A-Z0-9_]*, records by the kernel, client "CN=client' \
    tally 3 server.example "$pki/ca.pem" "$pki/client.pem" "$pki/client.key"
check_that "both ends gave the kernel both directions" \
    test "$(tls_counter TlsRxSw)/$(tls_counter TlsTxSw)" = "$((before_rx + 2))/$((before_tx + 2))"
check_that "the audit line says so" prints 'mode=mtls .* records=kernel' cat /tmp/audit
twenty_clients() { for _ in {1..20}; do tally 0 server.example "$pki/ca.pem" || return; done; }
check_that "twenty clients after one another are served" twenty_clients
check_that "no kernel session is left, and none had an error" \
    test "$(tls_counter TlsCurrRxSw)$(tls_counter TlsCurrTxSw)$(tls_counter TlsDecryptError)" = 000
# A program that is built with the tests: whole octets of files, in both directions, also half-sent when something ends.
bulk=/lab/repo/build/bench_bulk
before_rx=$(tls_counter TlsRxSw) before_tx=$(tls_counter TlsTxSw)
echo 4096 65536 262144 >/proc/sys/net/ipv4/tcp_rmem
echo 4096 65536 262144 >/proc/sys/net/ipv4/tcp_wmem
verify_bulk() { timeout 120 "$bulk" verify >/tmp/bulk 2>&1 || { cat /tmp/bulk; return 1; }; }
check_that "octets of files arrive as they are" verify_bulk
check_that "the kernel seals Server's" prints '^Server: all octets right, records by the kernel$' cat /tmp/bulk
check_that "the kernel seals those of svc_tls_create()" \
    prints '^svc_tls_create\(\): all octets right, records by the kernel$' cat /tmp/bulk
# Three connections, with both ends here.
check_that "both ends of these gave the kernel both directions" \
    test "$(tls_counter TlsRxSw)/$(tls_counter TlsTxSw)" = "$((before_rx + 6))/$((before_tx + 6))"
check_that "no kernel session is left of them, and none had an error" \
    test "$(tls_counter TlsCurrRxSw)$(tls_counter TlsCurrTxSw)$(tls_counter TlsDecryptError)" = 000
kill -TERM "$server"
check_that "the server ends with SIGTERM" timeout 20 tail --pid="$server" -f /dev/null

faces() { timeout 60 /lab/repo/build/lab_ktls_faces "$1" "$pki"; }
check_that "a session whose key is worn ends in order, client's and server's, and the way on is a new one" \
    prints '^done$' faces worn
check_that "R-5-12: a session is resumed where the kernel opens the records that bring the tickets" \
    prints '^done$' faces resumption
check_that "rpctls_tls_hs() gives the kernel the keys of both ends, and write(2) and sendfile(2) are sealed" \
    prints '^done$' faces keyring
check_that "no kernel session is left of them" \
    test "$(tls_counter TlsCurrRxSw)$(tls_counter TlsCurrTxSw)$(tls_counter TlsDecryptError)" = 000
