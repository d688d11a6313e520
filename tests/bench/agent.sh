#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The handshake agent under a storm of clients, the distribution's tlshd beside rpctlsd in one run of one kernel.
#
# usage: make -C build bench_storm; tests/lab/run [--suite …] --timeout 900 tests/bench/agent.sh [PART…]
#        PARTS: cpu storm burst nconnect silent stalled memory   (default: all)
#
# The client's end of each handshake is bench_storm, which does its TLS itself: the agent serves nfsd alone, except in
# `nconnect`, where it serves both. CPU is that of the agent's whole process tree, by its control group.
# shellcheck disable=SC2154  # lab_agent_pid: the lab's functions
set -uo pipefail

storm_program=/lab/repo/build/bench_storm
server=server.example
pki=/run/pki
mounted=/mnt/nfs
peer=/lab/repo/tests/lab/scripts/agent_peer.py
mkdir -p "$mounted"
[[ -x $storm_program ]] || { echo "build it first: make -C build bench_storm" >&2; exit 1; }

issue_credentials "$pki"
configure_tlshd --truststore "$pki/ca.pem" --cert "$pki/server.pem" --key "$pki/server.key" \
    --client-cert "$pki/client.pem" --client-key "$pki/client.key"
export NFSD_THREADS=${NFSD_THREADS:-8}
group=/run/cgroup/agent
mkdir -p /run/cgroup
mount -t cgroup2 none /run/cgroup
mkdir "$group"

# storm CLIENTS CONCURRENCY [mutual]: one JSON object.
storm() {
    local identity=()
    [[ ${3:-} != mutual ]] || identity=("$pki/client.pem" "$pki/client.key")
    "$storm_program" 127.0.0.1 2049 "$1" "$2" "$pki/ca.pem" "$server" "${identity[@]}"
}

# measured_agent NAME: starts it in a control group of its own, which counts its children, too.
measured_agent() {
    start_agent "$1" >/dev/null || exit 1
    echo "$lab_agent_pid" >"$group/cgroup.procs"
}
# agent_cpu: seconds of CPU of all that ever was in the group. User-mode Linux counts in ticks of 10 ms: take many.
agent_cpu() { awk '/^usage_usec/ { print $2 / 1e6 }' "$group/cpu.stat"; }
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$lab_agent_pid/status"; }
peak() { awk '/^VmHWM/ { print $2 }' "/proc/$lab_agent_pid/status"; }
descriptors() { find "/proc/$lab_agent_pid/fd" -mindepth 1 | wc -l; }
ask() { python3 "$peer" ask "$1"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else print "-" }'; }
title() { printf '\n## %s\n' "$1"; }

part_cpu() {
    title "agent CPU per server handshake, ms (one client at a time: tlshd 400, rpctlsd 3,000)"
    local mode before json clients
    declare -A spent
    for agent in tlshd rpctlsd; do
        measured_agent "$agent"
        clients=3000
        [[ $agent = rpctlsd ]] || clients=400
        storm 20 1 >/dev/null
        for mode in one-way mutual; do
            before=$(agent_cpu)
            json=$(storm $clients 1 "$mode")
            spent[$agent-$mode]=$(awk -v a="$(agent_cpu)" -v b="$before" -v n=$clients 'BEGIN { printf "%.2f", (a - b) * 1000 / n }')
            echo "$agent $mode: ${spent[$agent-$mode]} ms, $(jq -c '{succeeded, failures, per_second, median_ms}' <<<"$json")"
        done
        stop_agent
    done
    for mode in one-way mutual; do
        echo "rpctlsd / tlshd, $mode: $(ratio "${spent[rpctlsd-$mode]}" "${spent[tlshd-$mode]}")"
    done
}

part_storm() {
    title "handshakes a second by concurrency (1,024 clients; tlshd 256)"
    local concurrency clients
    for agent in tlshd rpctlsd; do
        start_agent "$agent" >/dev/null || exit 1
        clients=1024
        [[ $agent = rpctlsd ]] || clients=256
        for concurrency in 1 8 64 256; do
            echo "$agent at $concurrency: $(storm $clients $concurrency | jq -c '{succeeded, offered, failures, per_second, median_ms, p99_ms, client_cpu_seconds}')"
        done
        stop_agent
    done
}

# Enough threads in nfsd that it is the handshake service, not they, which limits how many come at once.
part_burst() {
    title "a burst: clients that succeed, nfsd with 300 threads"
    local count json
    stop_nfs_server
    NFSD_THREADS=300 start_nfs_server xprtsec=none:tls:mtls
    for agent in tlshd rpctlsd; do
        start_agent "$agent" >/dev/null || exit 1
        for count in 64 256; do
            json=$(storm $count $count)
            echo "$agent, $count at once: $(jq -c '{offered, succeeded, failures, slowest_ms}' <<<"$json")"
            [[ $agent = tlshd ]] ||
                echo "  requests the agent has had since it began: $(ask '{"op":"status"}' | jq -c '{handshakes, failures, causes}')"
        done
        stop_agent
    done
    stop_nfs_server
    start_nfs_server xprtsec=none:tls:mtls
}

part_nconnect() {
    title "mount with nconnect=16, ms (median of 5)"
    local agent security i start
    for agent in tlshd rpctlsd; do
        start_agent "$agent" >/dev/null || exit 1
        for security in none tls mtls; do
            for ((i = 0; i < 5; i++)); do
                start=$EPOCHREALTIME
                mount -t nfs -o "vers=4.2,nconnect=16,xprtsec=$security" nfs1.lab.example:/ "$mounted" || { echo FAILED >&2; exit 1; }
                echo $((${EPOCHREALTIME/./} - ${start/./}))
                umount "$mounted"
            done | sort -n | awk -v a="$agent" -v s="$security" '{ t[NR] = $1 } END { if (NR != 5) exit 1; printf "%s %s: %.1f\n", a, s, t[3] / 1000 }' || exit 1
        done
        stop_agent
    done
}

part_silent() {
    title "eight clients that probe and then say nothing, nfsd with 8 threads: seconds until a plain NULL is answered"
    local agent stalled
    for agent in tlshd rpctlsd; do
        start_agent "$agent" >/dev/null || exit 1
        : >/tmp/stall.log
        python3 "$peer" stall localhost 8 30 >/tmp/stall.log &
        stalled=$!
        eventually 10 grep -q stalled /tmp/stall.log
        sleep 0.1 # until nfsd has a thread for each
        echo "$agent: $(python3 "$peer" plain localhost)"
        kill $stalled
        wait $stalled 2>/dev/null
        sleep 6 # what is left of the stalled ones ends
        stop_agent
    done
}

part_stalled() {
    title "500 stalled sockets (nfsd with 600 threads), honest handshakes beside them"
    local without with stalled
    stop_nfs_server
    NFSD_THREADS=600 start_nfs_server xprtsec=none:tls:mtls
    start_agent rpctlsd >/dev/null || exit 1
    storm 50 4 >/dev/null
    without=$(storm 300 4 | jq .per_second)
    python3 "$peer" stall 127.0.0.1 500 60 20 >/tmp/stall.log &
    stalled=$!
    eventually 20 grep -q stalled /tmp/stall.log
    ask '{"op":"status"}' | jq -c '{in_flight}'
    with=$(storm 300 4 | jq .per_second)
    ask '{"op":"status"}' | jq -c '{in_flight}'
    kill $stalled
    wait $stalled 2>/dev/null
    echo "a second without: $without, with: $with, ratio $(ratio "$with" "$without")"
    stop_agent
    stop_nfs_server
    start_nfs_server xprtsec=none:tls:mtls
}

part_memory() {
    title "memory and descriptors over 20,000 handshakes"
    start_agent rpctlsd >/dev/null || exit 1
    storm 1000 8 mutual >/dev/null
    echo "after 1,000: $(rss) KiB, $(descriptors) descriptors"
    storm 19000 8 mutual | jq -c '{succeeded, failures, per_second}'
    echo "after 20,000: $(rss) KiB, peak $(peak) KiB, $(descriptors) descriptors"
    stop_agent
}

echo "# Linux $(uname -r), $LAB_BACKEND, ktls-utils $(dpkg-query -W -f '${Version}' ktls-utils), nfsd with $NFSD_THREADS threads"
start_nfs_server xprtsec=none:tls:mtls || exit 1
(($#)) || set -- cpu storm burst nconnect silent stalled memory
for part; do
    "part_$part"
done
stop_nfs_server
