#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# How long a mount takes, with our parts beside the distribution's in one run of one kernel.
#
# usage: tests/lab/run [--suite …] tests/bench/mount-latency.sh [ROUNDS]
#
# Rows: nfs-utils' mount.nfs with tlshd; the same with rpctlsd; our helper (preflight included) with rpctlsd.
# Columns: the median of ROUNDS mounts in milliseconds (unmounting is not timed), and the ratio to the first row.
set -uo pipefail

rounds=${1:-21}
server=nfs1.lab.example
pki=/run/pki
mounted=/mnt/nfs
mkdir -p "$mounted"

issue_credentials "$pki"
configure_tlshd --truststore "$pki/ca.pem" --cert "$pki/server.pem" --key "$pki/server.key" \
    --client-cert "$pki/client.pem" --client-key "$pki/client.key"
tlsctl identity add lab --cert "$pki/client.pem" --key "$pki/client.key" >/dev/null

# median_mount OPTIONS…: milliseconds with one decimal.
median_mount() {
    local i start
    for ((i = 0; i < rounds; i++)); do
        start=$EPOCHREALTIME
        mount -t nfs -o "vers=4.2,$1" "$server:/" "$mounted" || return
        echo $((${EPOCHREALTIME/./} - ${start/./}))
        umount "$mounted"
    done | sort -n | awk '{ t[NR] = $1 } END { if (!NR) exit 1; printf "%.1f\n", t[int((NR + 1) / 2)] / 1000 }'
}

row() { # TITLE MTLS-OPTIONS
    local title=$1 security option ms line
    line=$(printf '%-34s' "$title")
    for security in none tls mtls; do
        option=xprtsec=$security
        [[ $security != mtls || -z ${2:-} ]] || option+=,$2
        ms=$(median_mount "$option") || { echo "mounting with $option failed under $title"; agent_log | tail -n 5; exit 1; }
        : "${first[$security]:=$ms}"
        line+=$(printf ' %8.1f (%.2f)' "$ms" "$(awk "BEGIN { print $ms / ${first[$security]} }")")
    done
    echo "$line"
}

declare -A first=()
echo "Linux $(uname -r), $LAB_BACKEND, nfs-utils $(dpkg-query -W -f '${Version}' nfs-common), ktls-utils $(dpkg-query -W -f '${Version}' ktls-utils), median of $rounds, ms (ratio to the first row)"
printf '%-34s %16s %15s %15s\n' '' none tls mtls
start_agent tlshd || exit 1
start_nfs_server xprtsec=none:tls:mtls || exit 1
row 'mount.nfs + tlshd'
stop_agent
start_agent rpctlsd || exit 1
row 'mount.nfs + rpctlsd'
rpctls-takeover enable >/dev/null || exit 1
row 'our helper, preflight + rpctlsd' tls_identity=lab
stop_agent
stop_nfs_server
