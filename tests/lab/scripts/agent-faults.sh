#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# lab-alone: hundreds of handshakes within their time
# What may go wrong around the agent: peers that break off or talk nonsense, requests that are taken back, no
# descriptors, no key, no room for the log, a clock that jumps, a resolver that says nothing. It survives each, answers,
# and a good mount succeeds afterwards.
# shellcheck disable=SC2154  # lab_agent_pid: the lab's functions
set -uo pipefail

pki=/run/pki
mounted=/mnt/nfs
peer=$(dirname "$(readlink -f "$0")")/rude_peer.py
mkdir -p "$mounted" /etc/rpctls
cancels=40
[[ $LAB_BACKEND != qemu ]] || cancels=8

issue_credentials "$pki"
settings() {
    printf '%s\n' '[authenticate.server]' "x509.truststore=$pki/ca.pem" "x509.certificate=$pki/server.pem" \
        "x509.private_key=${1:-$pki/server.key}" '[authenticate.client]' "x509.truststore=$pki/ca.pem" \
        "x509.certificate=$pki/client.pem" "x509.private_key=$pki/client.key"
}
settings >/etc/rpctls/rpctls.conf
mounts() { timeout 20 mount -t nfs -o "vers=4.2,retry=0,$1" nfs1.lab.example:/ "$mounted"; }
good_mount() { mounts xprtsec=mtls && echo "$RANDOM" >"$mounted/good" && sync "$mounted/good" && umount "$mounted"; }
# well AFTER-WHAT: what has to hold after each fault.
well() {
    check_that "$1: the agent answers" prints '"ok":true' ask_agent '{"op":"status"}'
    check_that "$1: a good mount succeeds" good_mount
    check_that "$1: nothing is left open" eventually 15 agent_settled "$at_rest"
}

check_that "the agent starts" start_agent rpctlsd
check_that "the server starts" start_nfs_server xprtsec=none:tls:mtls
check_that "a good mount succeeds" good_mount
for _ in 1 2 3; do good_mount; done
at_rest=$(agent_descriptors)
memory=$(agent_memory)

note "rude clients"
python3 "$peer" clients localhost "$pki/ca.pem" >/tmp/clients 2>&1
check_that "each had its turn" test "$(grep -cE ' (left|closed)$' /tmp/clients)" = 24
check_that "none is kept beyond its time" fails grep kept /tmp/clients
check_that "one octet at a time is slow, and honest" prints '^answered$' python3 "$peer" trickle localhost "$pki/ca.pem" 1
well "rude clients"

note "rude servers"
python3 "$peer" servers 2060 "$pki/server.pem" "$pki/server.key" >/tmp/servers 2>&1 &
rude=$!
eventually 20 grep -q ready /tmp/servers
# Besides, four silent clients: nfsd takes its requests back after 5 s, while the agent, which took them a moment later,
# still holds them.
python3 "$(dirname "$peer")/agent_peer.py" stall localhost 4 6 >/tmp/stalled &
silent=$!
tried=()
: >/tmp/rude.mounted
while read -r kind port; do
    [[ -n $port ]] || continue
    mkdir -p "/mnt/$kind"
    { timeout --foreground -s KILL 6 mount.nfs 127.0.0.1:/ "/mnt/$kind" \
        -o "vers=4.2,xprtsec=tls,soft,retry=0,timeo=10,retrans=1,port=$port" && echo "$kind" >>/tmp/rude.mounted; } >/dev/null 2>&1 &
    tried+=($!)
done </tmp/servers
wait "${tried[@]}" $silent
kill $rude
check_that "four clients said nothing" grep -q 'stalled 4' /tmp/stalled
check_that "fourteen kinds were tried" test ${#tried[@]} = 14
check_that "none was mounted" fails grep '' /tmp/rude.mounted
note "$(agent_status '.causes|tojson')"
well "rude servers"

note "requests that are taken back"
for number in $(seq 1 "$cancels"); do
    # Not mount(8): a kernel that is a process itself (UML 6.12) panics when one of its own is killed as it forks.
    timeout --foreground -s KILL "0.0$((number % 9 + 1))" mount.nfs nfs1.lab.example:/ "$mounted" \
        -o vers=4.2,xprtsec=mtls,retry=0,nconnect=8 2>/dev/null
    umount "$mounted" 2>/dev/null
done
python3 "$(dirname "$peer")/agent_peer.py" stall localhost 4 60 >/tmp/stalled &
silent=$!
check_that "four clients say nothing" eventually 10 grep -q 'stalled 4' /tmp/stalled
check_that "nfsd ends and starts under them" timeout 20 bash -c ". /lab/guest/functions.sh; restart_nfsd"
kill $silent
wait $silent 2>/dev/null
note "causes so far: $(agent_status '.causes|tojson')"
well "requests taken back"

note "no descriptors"
prlimit --pid "$lab_agent_pid" --nofile=1:65536
check_that "without a descriptor a mount fails" fails mounts xprtsec=tls,soft,timeo=10,retrans=1
umount "$mounted" 2>/dev/null
prlimit --pid "$lab_agent_pid" --nofile=1024:65536
check_that "the log tells why" grep -q 'no descriptor is left' "$lab_state/agent.log"
well "descriptors again"

note "the kernel refuses an attribute"
# No kernel up to 7.2 takes tags: told of one, it would refuse the whole outcome, and the peers would wait in vain.
{ settings; printf '%s\n' '[clients.ours]' san=client.example; } >/etc/rpctls/rpctls.conf
check_that "a tag for clients is configured" reload_agent
check_that "a client that earns it mounts" good_mount
check_that "and is logged with it" grep -q 'as server: mode=mutual-x509.*ours' "$lab_state/agent.log"
settings >/etc/rpctls/rpctls.conf
reload_agent
well "an attribute refused"

# What follows has nothing to do with how a kernel is built; emulated, it would take minutes.
if [[ $LAB_BACKEND = qemu ]]; then
    stop_nfs_server
    check_that "the agent ends when asked" stop_agent
    lab_finish
fi

note "the kernel refuses keys"
strace -f -qq -o /dev/null -e trace=setsockopt -e inject=setsockopt:error=EINVAL -p "$lab_agent_pid" 2>/dev/null &
tracer=$!
eventually 5 grep -q '^TracerPid:.*[1-9]' "/proc/$lab_agent_pid/status"
check_that "a kernel that takes no keys makes the mount fail" fails mounts xprtsec=tls,soft,timeo=10,retrans=1
kill $tracer
wait $tracer 2>/dev/null
umount "$mounted" 2>/dev/null
check_that "the agent counts it as what it is" test "$(agent_status '[.causes|keys[]|select(startswith("ktls"))]|length')" -gt 0
well "keys are taken again"

note "an unreadable key"
for what in directory fifo nothing nonsense; do
    rm -rf /run/broken.key
    case $what in
        directory) mkdir /run/broken.key ;;
        fifo) mkfifo /run/broken.key ;;
        nonsense) head -c 3000 /dev/urandom >/run/broken.key ;;
    esac
    settings /run/broken.key >/etc/rpctls/rpctls.conf
    check_that "$what for a key: the agent says so" reload_agent
    check_that "$what for a key: the old one stays" test "$(agent_status .reload_failure)" != null
done
well "unreadable keys"
note "resident: $memory KiB at first, $(agent_memory) KiB after all this"
check_that "memory is what it was, within 4 MiB" test "$(agent_memory)" -lt $((memory + 4096))
stop_agent
check_that "it starts without its key" start_agent rpctlsd
at_rest=$(agent_descriptors)
check_that "what needs the key fails" fails mounts xprtsec=tls,soft,timeo=10,retrans=1
umount "$mounted" 2>/dev/null
settings >/etc/rpctls/rpctls.conf
reload_agent
good_mount
at_rest=$(agent_descriptors)
well "the key is there again"

note "a clock that jumps"
now=$(date +%s)
jump() { date -s "@$((now + $1))" >/dev/null; }
for way in 3600 -5; do
    python3 "$peer" trickle localhost "$pki/ca.pem" 2 >/tmp/trickle 2>&1 &
    trickle=$!
    sleep 0.7
    jump $way
    wait $trickle
    check_that "a handshake goes on when the clock jumps by $way s" grep -q answered /tmp/trickle
    jump 0
done
jump $((30 * 86400))
check_that "after the certificates' time: refused" fails mounts xprtsec=tls
check_that "after the certificates' time: by its cause" test "$(agent_cause nfs1.lab.example)" = certificate-expired
jump -86400
check_that "before the certificates' time: refused" fails mounts xprtsec=tls
check_that "before the certificates' time: by its cause" test "$(agent_cause nfs1.lab.example)" = certificate-not-yet-valid
now=$((now + 10))
jump 0
well "the right time"

note "a resolver that never answers"
took() { local begun; begun=$(date +%s%N); good_mount; echo $((($(date +%s%N) - begun) / 1000000)); }
before=$(took)
sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf
ip link add name hole type dummy 2>/dev/null || ip link add name hole type bridge
ip address add 10.88.0.1/24 dev hole && ip link set hole up
ip neighbour add 10.88.0.2 lladdr 02:00:00:00:00:02 dev hole
echo 'nameserver 10.88.0.2' >/etc/resolv.conf
check_that "the resolver is silent" fails timeout 2 getent hosts no-such-name.example
with=$(took)
note "mounts took $before ms before, $with ms with it"
check_that "mounts take as long as before" test "$with" -lt $((before * 2 + 1000))
well "a silent resolver"
: >/etc/resolv.conf
check_that "the agent ends when asked" stop_agent

note "no room for the log"
mkdir -p /run/small
mount -t tmpfs small /run/small -o size=4k
head -c 4096 /dev/zero >/run/small/log
mkfifo /run/unread
exec 9<>/run/unread
head -c 65536 /dev/zero >&9 # as much as a pipe takes
for log in /dev/full /run/small/log /run/unread; do
    rpctlsd --foreground </dev/null >>"$log" 2>&1 &
    lab_agent_pid=$!
    check_that "$log: it starts" eventually 10 sh -c 'test -S /run/rpctls/agent.sock'
    eventually 5 lab_agent_joined 0
    good_mount
    at_rest=$(agent_descriptors)
    well "$log"
    check_that "$log: it ends when asked" stop_agent
done
stop_nfs_server
lab_finish
