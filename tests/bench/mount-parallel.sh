#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Many exports of one server mounted at once, as at a boot: our helper beside nfs-utils' program alone, with the same agent,
# in one run of one kernel.
#
# usage: tests/lab/run [--suite …] --timeout 900 tests/bench/mount-parallel.sh [MOUNTS] [ROUNDS]
#
# For none, tls and mtls: seconds until all stand (medians of the rounds), and the ratio to mount.nfs alone, by rounds.
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

# all_at_once PROGRAM OPTIONS: microseconds for all mounts; they are unmounted again.
all_at_once() {
    local i start failed=0 pids=()
    start=$EPOCHREALTIME
    for ((i = 0; i < mounts; i++)); do
        "$1" "$server:/$i" "/mnt/$i" -o "vers=4.2,$2" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i" || failed=$((failed + 1)); done
    echo $((${EPOCHREALTIME/./} - ${start/./}))
    [[ $failed = 0 ]] || echo "$failed of $mounts mounts failed" >&2
    umount -a -t nfs4,nfs
}
# The median of column N of what is read.
median() { cut -d ' ' -f "$1" | sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'; }

# Both are timed in turn, and who goes first changes: what the machine does meanwhile meets both alike.
rpctls-takeover enable >/dev/null || exit 1
alone=$(dpkg-divert --truename /usr/sbin/mount.nfs)
[[ -x $alone ]] || alone=$(dpkg-divert --truename /sbin/mount.nfs)
echo "Linux $(uname -r), $LAB_BACKEND, $mounts mounts at once, $rounds rounds, seconds (ratio)"
for security in none tls mtls; do
    for ((r = 0; r < rounds; r++)); do
        if ((r % 2)); then
            ours=$(all_at_once mount.nfs "xprtsec=$security")
            theirs=$(all_at_once "$alone" "xprtsec=$security")
        else
            theirs=$(all_at_once "$alone" "xprtsec=$security")
            ours=$(all_at_once mount.nfs "xprtsec=$security")
        fi
        awk "BEGIN { printf \"%.2f %.2f %.3f\n\", $theirs / 1e6, $ours / 1e6, $ours / $theirs }"
    done >/tmp/rounds
    echo "$security: mount.nfs $(median 1 </tmp/rounds), our helper $(median 2 </tmp/rounds)," \
        "median ratio $(median 3 </tmp/rounds) of $(cut -d ' ' -f 3 /tmp/rounds | sort -n | tr '\n' ' ')"
done
stop_agent
stop_nfs_server
