#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml
# lab-alone: hundreds of handshakes within their time
# Many clients at once, and clients that ask for TLS and then say nothing: no request is lost, nobody stands still.
# shellcheck disable=SC2154  # lab_agent_pid: the lab's functions
set -uo pipefail

pki=/run/pki
peer=./agent_peer.py
storm_program=/lab/repo/build/bench_storm
mkdir -p /etc/rpctls

ask() { python3 "$peer" ask "$1"; }
status() { ask '{"op":"status"}' | jq "$1"; }
descriptors() { find "/proc/$lab_agent_pid/fd" -mindepth 1 | wc -l; }
# storm CLIENTS CONCURRENCY: leaves its report in $report.
storm() {
    report=$("$storm_program" 127.0.0.1 2049 "$1" "$2" "$pki/ca.pem" server.example)
    note "$report"
}
reported() { jq -e "$1" <<<"$report" >/dev/null; }
# stalled COUNT [SOURCES]: that many silent clients, in the background as $stalled; returns when nfsd has them.
stalled() {
    : >/tmp/stall.log
    python3 "$peer" stall 127.0.0.1 "$1" 60 ${2:+"$2"} >/tmp/stall.log &
    stalled=$!
    eventually 20 grep -q stalled /tmp/stall.log
}
release() {
    kill $stalled
    wait $stalled 2>/dev/null
}
answered_within() { awk -v s="$(python3 "$peer" plain 127.0.0.1)" -v most="$1" 'BEGIN { print s; exit !(s != "" && s < most) }'; }

check_that "the load generator is built" test -x "$storm_program"
issue_credentials "$pki"
cat >/etc/rpctls/rpctls.conf <<CONF
[authenticate.server]
x509.truststore=$pki/ca.pem
x509.certificate=$pki/server.pem
x509.private_key=$pki/server.key
CONF
check_that "the agent starts" start_agent rpctlsd
NFSD_THREADS=8 start_nfs_server xprtsec=none:tls:mtls
storm 16 4
before=$(descriptors)

note "more clients than the kernel keeps requests pending for"
storm 512 8
check_that "512 clients, eight at once: all succeed" reported '.succeeded == 512'
rpc.nfsd 300
storm 64 64
check_that "64 clients at once: all succeed" reported '.succeeded == 64'
had=$(status '.handshakes + .failures')
storm 200 200
check_that "200 at once: each that nfsd offered TLS came to the agent" \
    test $(($(status '.handshakes + .failures') - had)) -ge "$(jq .offered <<<"$report")"
check_that "every descriptor is given back" eventually 10 sh -c "test \$(find /proc/$lab_agent_pid/fd -mindepth 1 | wc -l) -le $before"

note "silent clients"
rpc.nfsd 8
stalled 8
check_that "eight silent clients do not bring eight threads of nfsd to a stand" answered_within 1.5
check_that "an honest client gets its handshake beside them" sh -c \
    "timeout 5 '$storm_program' 127.0.0.1 2049 1 1 '$pki/ca.pem' server.example | jq -e '.succeeded == 1'"
release
check_that "they end" eventually 10 sh -c "test \$(python3 '$peer' ask '{\"op\":\"status\"}' | jq .in_flight) = 0"
stalled 2
sleep 1.5
check_that "two of them, which are in nobody's way, have their time" test "$(status .in_flight)" -ge 2
release

check_that "the agent ends" stop_agent
stop_nfs_server
lab_finish
