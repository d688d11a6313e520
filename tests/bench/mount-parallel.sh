#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Many exports of one server mounted at once, as at a boot: our helper beside nfs-utils' program alone, with the same agent,
# in one run of one kernel.
#
# usage: tests/lab/run [--suite …] --timeout 900 tests/bench/mount-parallel.sh [MOUNTS] [ROUNDS]
#
# For none, tls and mtls: seconds until all stand (the median of the rounds), and the ratio to mount.nfs alone.
set -uo pipefail

mounts=${1:-200}
rounds=${2:-5}
server=nfs1.lab.example
pki=/run/pki

issue_credentials "$pki"
tlsctl identity add lab --cert "$pki/client.pem" --key "$pki/client.key" >/dev/null
cat >/etc/rpctls/rpctls.conf <<CONF
[authenticate.client]
x509.truststore=$pki/ca.pem
identity=lab
[authenticate.server]
x509.truststore=$pki/ca.pem
x509.certificate=$pki/server.pem
x509.private_key=$pki/server.key
CONF
start_agent rpctlsd || exit 1
start_nfs_server xprtsec=none:tls:mtls || exit 1
for ((i = 0; i < mounts; i++)); do mkdir -p "/srv/data/$i" "/mnt/$i"; done

# all_at_once OPTIONS: seconds for all mounts; they are unmounted again.
all_at_once() {
    local i start failed=0 pids=()
    start=$EPOCHREALTIME
    for ((i = 0; i < mounts; i++)); do
        mount.nfs "$server:/$i" "/mnt/$i" -o "vers=4.2,$1" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i" || failed=$((failed + 1)); done
    echo $((${EPOCHREALTIME/./} - ${start/./}))
    [[ $failed = 0 ]] || echo "$failed of $mounts mounts failed" >&2
    umount -a -t nfs4,nfs
}
median() { for ((r = 0; r < rounds; r++)); do all_at_once "$1"; done | sort -n | awk '{ t[NR] = $1 } END { printf "%.2f\n", t[int((NR + 1) / 2)] / 1e6 }'; }

echo "Linux $(uname -r), $LAB_BACKEND, $mounts mounts at once, median of $rounds, seconds (ratio)"
declare -A alone=()
for security in none tls mtls; do alone[$security]=$(median "xprtsec=$security"); done
rpctls-takeover enable >/dev/null || exit 1
for security in none tls mtls; do
    ours=$(median "xprtsec=$security")
    echo "$security: mount.nfs ${alone[$security]}, our helper $ours ($(awk "BEGIN { printf \"%.2f\", $ours / ${alone[$security]} }"))"
done
stop_agent
stop_nfs_server
