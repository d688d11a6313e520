#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# How long tlsctl takes for many servers, and for questions with nothing to do.
#
# usage: tests/lab/run --timeout 600 tests/bench/tlsctl.sh [COUNT [ROUNDS]]
#
# COUNT addresses of the lab's NFS server, each with a handshake by rpctlsd and a NULL call inside TLS; client, server and
# agent share one CPU. The median of ROUNDS runs, in milliseconds.
set -uo pipefail
count=${1:-256} rounds=${2:-7}
pki=/run/pki
issue_credentials "$pki"
mkdir -p /etc/rpctls
cat >/etc/rpctls/rpctls.conf <<END
[authenticate.client]
x509.truststore=$pki/ca.pem
[authenticate.server]
x509.truststore=$pki/ca.pem
x509.certificate=$pki/server.pem
x509.private_key=$pki/server.key
END
NFSD_THREADS=32 start_nfs_server xprtsec=tls:mtls
start_agent rpctlsd
for ((i = 0; i < count; i++)); do echo "127.0.$((1 + i / 200)).$((1 + i % 200))"; done >/tmp/servers

once() { # COMMAND…: milliseconds
    local start=$EPOCHREALTIME
    "$@" >/dev/null 2>&1
    echo $(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
}
median() {
    local i
    for ((i = 0; i < rounds; i++)); do once "$@"; done | sort -n | sed -n "$(((rounds + 1) / 2))p"
}
row() { printf '%-46s %6s ms\n' "$@"; }

many=(tlsctl probe --hosts /tmp/servers --server-name nfs1.lab.example)
"${many[@]}" --json | jq -c '"first run: \(.verdicts)"' -r
row "probe $count servers" "$(median "${many[@]}")"
row "probe $count servers, one at a time" "$(once "${many[@]}" --parallel 1)"
row "probe $count servers, STARTTLS alone" "$(median "${many[@]}" --starttls-only)"
tlsctl ca init >/dev/null
row "(the shell's own: /bin/true)" "$(median /bin/true)"
for question in "status" "identity list" "trust list" "export list" "export check" "psk list" "known list" "ca show" \
    "keyring show" "cert show $pki/server.pem"; do
    # shellcheck disable=SC2086 # words
    row "$question" "$(median tlsctl $question)"
done
stop_agent
stop_nfs_server
