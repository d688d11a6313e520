#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml
# lab-alone: hundreds of handshakes within their time
# Many mounts through one agent, agents and servers that die under them, and several machines with an agent each.
# shellcheck disable=SC2154  # lab_agent_pid: the lab's functions
set -uo pipefail

pki=/tmp/pki
mounted=/mnt/nfs
# The emulated processor takes ten times as long for each session.
servers=32 connections=16 families=(127.0.0.1 '[::1]' "[$(host_address6 first)]")
[[ $LAB_BACKEND != qemu ]] || connections=1 families=("[$(host_address6 first)]")
mkdir -p "$mounted" /etc/rpctls

settings() {
    local role
    for role in server client; do
        printf '[authenticate.%s]\nx509.truststore=%s/ca.pem\n' "$role" "$pki"
        printf 'x509.certificate=%s/%s.pem\nx509.private_key=%s/%s.key\n' "$pki" "${1:-$role}" "$pki" "${1:-$role}"
    done
}
serve() { NFSD_VERSION_3=yes NFSD_THREADS=8 start_nfs_server xprtsec=tls:mtls; }
# mounts OPTIONS [SERVER [FOLDER]]
mounts() { mount -t nfs -o "vers=4.2,$1" "${2:-nfs1.lab.example}:/" "${3:-$mounted}"; }
# carries FOLDER: a file of its name comes out on the server's side as it was written; enough calls for 16 connections.
carries() {
    local file=${1##*/}
    head -c 200000 /dev/urandom | dd bs=10000 of="$1/$file" oflag=sync status=none && cmp "$1/$file" "/srv/data/$file"
}

join_network
names=(--dns localhost --ip ::1 --ip "$(host_address first)" --ip "$(host_address6 first)")
for host in $(seq 1 $((servers + 1))); do names+=(--ip "127.0.0.$host"); done
for host in {1..9}; do names+=(--dns "nfs$host.lab.example"); done
issue_certificate "$pki" server --server "${names[@]}"
issue_certificate "$pki" client --client --dns client.example
settings >/etc/rpctls/rpctls.conf

check_that "the agent starts" start_agent rpctlsd
check_that "the server starts" serve
mounts xprtsec=mtls
umount "$mounted"
at_rest=$(agent_descriptors)

note "$servers server addresses with nconnect=$connections, half of them tls, half mtls, all at once"
# Version 3: to a client of version 4 all addresses of one server are the same server, and share connections.
security() { if (($1 % 2)); then echo xprtsec=mtls; else echo xprtsec=tls; fi; }
# for_all COMMAND...: for each address, all at once.
for_all() {
    local host running=() failed=0
    for host in $(seq 2 $((servers + 1))); do
        "$@" "$host" &
        running+=($!)
    done
    for host in "${running[@]}"; do wait "$host" || failed=$((failed + 1)); done
    ((failed == 0))
}
mount_address() {
    mkdir -p "/mnt/$1"
    mount -t nfs -o "vers=3,nolock,noresvport,nconnect=$connections,$(security "$1")" "127.0.0.$1:/srv/data" "/mnt/$1"
}
carries_on() { carries "/mnt/$1"; }
unmount_address() { umount "/mnt/$1"; }
begun=$(date +%s%N)
check_that "all mounts succeed" for_all mount_address
is_protected() { mounted_with "/mnt/$1" "$(security "$1")"; }
check_that "the kernel confirms what each asked for" for_all is_protected
check_that "data goes through each" for_all carries_on
note "$(agent_status .handshakes) handshakes, $((($(date +%s%N) - begun) / 1000000)) ms"
connected() { ss -Htn state established 'dport = :2049' | wc -l; }
check_that "every connection is there" test "$(connected)" -ge $((servers * connections))
check_that "each was two handshakes, the client's and the server's" \
    test "$(agent_status .handshakes)" -ge $((2 * servers * connections))
# nfsd gives each five seconds from when it asks for it, whoever else asks: with a thousand at once on one CPU one may be late now
# and then, for both of its ends. The kernel makes it again, as it did for the mounts above.
few_were_late() {
    agent_status '[.handshakes, .causes] | tojson'
    agent_status '.handshakes as $all | (.causes | keys - ["handshake-timeout", "handshake-closed"] == []) and
        all(.causes[]; . * 200 <= $all)' | grep -qx true
}
check_that "no handshake failed but for want of time, and one in two hundred at most" few_were_late
check_that "no record was refused" test "$(ktls_counter TlsDecryptError)" = 0
check_that "the agent holds no descriptor of theirs" eventually 5 agent_settled "$at_rest"
check_that "all are unmounted" for_all unmount_address

note "nconnect=16: ${families[*]}"
for server in "${families[@]}"; do
    for security in tls mtls; do
        check_that "$server, $security: mounted" mounts "xprtsec=$security,nconnect=16" "$server"
        check_that "$server, $security: the kernel confirms it" mounted_with "$mounted" "xprtsec=$security"
        check_that "$server, $security: data arrives" carries "$mounted"
        umount "$mounted"
    done
done
check_that "no other handshake failed" few_were_late
check_that "the agent tells whom it spoke to" \
    grep -q "handshake with $(host_address6 first) as client: mode=mutual-x509" "$lab_state/agent.log"

note "remount, and ends of the agent and of the server, under a writer that never stops"
# The writer's pace shows in the number of lines on the server's side.
written() { wc -l </srv/data/log; }
advances() { local before; before=$(written); eventually "${1:-20}" lab_written_since "$before"; }
lab_written_since() { (($(written) > $1 + 2)); }
mounts xprtsec=mtls,hard,nconnect=4
: >"$mounted/log"
(
    while :; do
        { printf 'line\n' >>"$mounted/log" && sync "$mounted/log"; } || date +%T.%N
        sleep 0.05
    done
) >>/tmp/writer.failed 2>&1 &
writer=$!
check_that "a remount to read-only is taken" mount -o remount,ro "$mounted"
check_that "and is in force" fails touch "$mounted/more"
check_that "a remount back is taken" mount -o remount,rw "$mounted"
check_that "and keeps the protection" mounted_with "$mounted" xprtsec=mtls
: >/tmp/writer.failed
kill_agent
check_that "with the agent killed, what is mounted goes on" advances
check_that "another agent starts in its place" start_agent rpctlsd
restart_nfsd
check_that "after a restart of nfsd data goes on" advances
check_that "by handshakes of the new agent" test "$(agent_status .handshakes)" -ge 2
check_that "the writer has seen no error" fails grep '' /tmp/writer.failed
kill_agent
restart_nfsd 1
sleep 1
start_agent rpctlsd
check_that "after nfsd came back while there was no agent, data goes on" advances 30
for _ in 1 2 3; do
    kill_agent
    ss -K dport = :2049 >/dev/null 2>&1 || restart_nfsd
    start_agent rpctlsd
done
check_that "after three deaths in a row data goes on" advances 30
check_that "the mount is what it was" mounted_with "$mounted" xprtsec=mtls
kill $writer
wait $writer 2>/dev/null
# A connection that breaks while nobody is in the kernel's group: the NFS client hands ESRCH to the caller, hard or not.
no_agent='No such process|^[0-9:.]+$'
check_that "the writer has seen no error but the kernel's for a machine without an agent" \
    fails grep -Ev "$no_agent" /tmp/writer.failed
note "$(grep -c 'No such process' /tmp/writer.failed) of those"
umount "$mounted"
check_that "the agent is at rest" eventually 10 agent_settled "$at_rest"

# On an emulated processor this would take minutes; agent-identities.sh has machines there, too.
if [[ $LAB_BACKEND = qemu ]]; then
    stop_nfs_server
    check_that "the agent ends when asked" stop_agent
    lab_finish
fi

note "machines of their own, an agent each"
on_each() { for machine in harbour alice bob; do "$@" "$machine" || return; done; }
equip() {
    add_host "$1" || return
    issue_certificate "$pki" "$1" --cn "$1" --dns "$1.lab.example" --dns "${1}6.lab.example" \
        --ip "$(host_address "$1")" --ip "$(host_address6 "$1")"
    settings "$1" >"/tmp/$1.conf"
    on "$1" install -m 600 "/tmp/$1.conf" /etc/rpctls/rpctls.conf
    on "$1" start_agent rpctlsd
}
before=$(agent_status .handshakes)
check_that "each has an agent" on_each equip
check_that "one serves" on harbour start_nfs_server xprtsec=mtls
from_all() {
    on alice mount -t nfs -o "vers=4.2,xprtsec=mtls,nconnect=2" "$1:/" /mnt/nfs &
    on bob mount -t nfs -o "vers=4.2,xprtsec=mtls,nconnect=2" "$1:/" /mnt/nfs &&
        wait $! && on alice touch /mnt/nfs/alice && on bob test -e /mnt/nfs/alice
}
# proved HOST ADDRESS NAME: nfsd's agent there saw this certificate from that address, and no other.
proved() {
    local seen
    seen=$(on "$1" agent_log | grep "handshake with $2 as server" | grep -o 'peer "[^"]*"' | sort -u)
    echo "$seen"
    test "$seen" = "peer \"CN=$3\""
}
check_that "the others mount it, by name" from_all harbour.lab.example
for machine in alice bob; do
    check_that "$machine is known by its own certificate" proved harbour "$(host_address "$machine")" "$machine"
done
on alice umount /mnt/nfs
on bob umount /mnt/nfs
check_that "the others mount it, by IPv6 address" from_all "[$(host_address6 harbour)]"
for machine in alice bob; do
    check_that "$machine is known by it over IPv6" proved harbour "$(host_address6 "$machine")" "$machine"
done
on alice kill_agent
on bob umount /mnt/nfs
check_that "without an agent one of them goes on with what is mounted" on alice sh -c 'echo on > /mnt/nfs/alice'
check_that "the other one mounts as before" on bob mount -t nfs -o vers=4.2,xprtsec=mtls harbour.lab.example:/ /mnt/nfs
on alice umount /mnt/nfs
check_that "the first one cannot" fails on alice timeout 10 mount -t nfs -o vers=4.2,xprtsec=mtls,retry=0 harbour.lab.example:/ /mnt/nfs
on bob umount /mnt/nfs
check_that "this machine's agent had no part in it" test "$(agent_status .handshakes)" = "$before"
on harbour stop_nfs_server
on harbour stop_agent
for machine in harbour alice bob; do remove_host "$machine"; done

stop_nfs_server
check_that "the agent ends when asked" stop_agent
lab_finish
