#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# Running rpctlsd day by day: files that change, filters for clients, metrics, the log under a storm, status, and a
# service manager that starts it anew.
# shellcheck disable=SC2154,SC2120,SC2217  # lab_agent_pid: the lab's functions; called by check_that; a reader that does not read
set -uo pipefail

pki=/run/pki
mounted=/mnt/nfs
here=$(dirname "$(readlink -f "$0")")
[[ -e $here/agent_peer.py ]] || here=.
mkdir -p "$mounted" /etc/rpctls

# configure [LINES]: the same for both roles; LINES are sections of their own.
configure() {
    {
        echo "[authenticate.server]"
        printf '%s\n' "x509.truststore=$pki/ca.pem" "x509.crl=$pki/crl.pem" "x509.certificate=$pki/server.pem" \
            "x509.private_key=$pki/server.key"
        echo "[authenticate.client]"
        printf '%s\n' "x509.truststore=$pki/ca.pem" "x509.certificate=$pki/client.pem" "x509.private_key=$pki/client.key"
        [[ $# = 0 ]] || printf '%s\n' "$@"
    } >/etc/rpctls/rpctls.conf.new
    mv /etc/rpctls/rpctls.conf.new /etc/rpctls/rpctls.conf
}
# revoke [CERTIFICATE]: the CA's list, with nobody or with one on it; written under another name and renamed.
revoke() {
    printf 'crl_next_update = 30\ncrl_number = %s\n' "$(date +%s%N)" >/tmp/crl.template
    certtool --generate-crl --load-ca-privkey "$pki/ca.key" --load-ca-certificate "$pki/ca.pem" \
        --template /tmp/crl.template ${1:+--load-certificate "$1"} --outfile "$pki/crl.new" 2>/tmp/crl.log || cat /tmp/crl.log
    mv "$pki/crl.new" "$pki/crl.pem"
}
mounts() { mount -t nfs -o vers=4.2,retry=0,xprtsec=mtls nfs1.lab.example:/ "$mounted"; }
mounts_and_unmounts() { mounts && umount "$mounted"; }
in_log() { agent_log | grep -E "$1" >/dev/null; } # not -q: under pipefail an early end of grep is a failure
reloads() { agent_status .reload.successes; }
reloaded_since() { test "$(reloads)" -gt "$1"; }
# adopts COMMAND…: runs it, and waits until the agent has taken up what it changed, without any signal.
adopts() {
    local before
    before=$(reloads)
    "$@"
    eventually 10 reloaded_since "$before"
}

test_outcome() { test "$(agent_status .reload.outcome)" = "$1"; }
storm_counted() { test "$(agent_status '.server.causes["not-tls"] // 0')" -ge 40; }

issue_certificate "$pki" server --dns nfs1.lab.example --server --days 90
issue_certificate "$pki" client --dns client.example --client --days 90
revoke
configure
sleep 1 # else the agent reads once more what has changed while it read
check_that "the agent starts" start_agent rpctlsd --metrics-file /tmp/rpctlsd.prom
check_that "the server starts" start_nfs_server xprtsec=mtls
check_that "a client in good standing mounts" mounts_and_unmounts

note "files that change"
check_that "a new revocation list is taken up by itself" adopts revoke "$pki/client.pem"
check_that "and the client on it is refused" fails mounts
check_that "by that cause" test "$(agent_status '.server.causes["certificate-revoked"]')" -ge 1
check_that "a list without it lets it in again" adopts revoke
check_that "at once" mounts_and_unmounts
issue_certificate "$pki" renewed --dns nfs1.lab.example --server --days 90
half() { cp "$pki/renewed.pem" "$pki/server.pem"; }
whole() { cp "$pki/renewed.key" "$pki/server.key"; }
half
check_that "half an update is not taken up" eventually 5 test_outcome failed
check_that "the certificate and key of before serve on" mounts_and_unmounts
check_that "tlsctl status says that a person is needed" fails tlsctl status
check_that "and why" prints 'last reload failed.*key' tlsctl status
check_that "the other half completes it" adopts whole
check_that "and the new certificate serves" mounts_and_unmounts
check_that "tlsctl status is content" tlsctl status

note "filters for clients"
check_that "a filter is taken up" adopts configure "[clients.lab]" "san=*.other.example"
check_that "a client that passes none is refused" fails mounts
check_that "by that cause" in_log 'client-not-allowed|passes no filter'
check_that "a filter that fits" adopts configure "[clients.others]" "san=*.other.example" "[clients.lab]" "san=client.example"
check_that "lets it in, told to the kernel or not" mounts_and_unmounts
check_that "and its tag is in the log" in_log 'tags lab'
note "this kernel takes tags: $(agent_status .kernel_takes_tags)"
configure "[clients.lab]"
check_that "settings with an empty filter are refused" eventually 5 test_outcome failed
check_that "and the old ones kept" mounts_and_unmounts
check_that "the end of the filters is taken up" adopts configure

note "a certificate that ends"
issue_certificate "$pki" ending --dns client.example --client --days 5
check_that "one is taken up" adopts sed -i 's#/client[.]#/ending.#' /etc/rpctls/rpctls.conf
check_that "the log warns of it" eventually 2 in_log 'warning: the certificate of this host \(client\) ends in 4 days'
check_that "and so does tlsctl status" fails tlsctl status
adopts configure

note "a storm in the log"
before=$(agent_log | wc -l)
for ((i = 0; i < 40; i++)); do
    exec {peer}<>/dev/tcp/127.0.0.1/2049
    printf '\200\0\0\050\0\0\0\1\0\0\0\0\0\0\0\2\0\1\206\243\0\0\0\4\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0\0\0\0\0\0' >&"$peer"
    head -c 36 <&"$peer" >/dev/null
    echo "this is no TLS at all" >&"$peer"
    exec {peer}>&-
done
check_that "40 peers that speak no TLS fail" eventually 15 storm_counted
check_that "and leave a few lines" test $(($(agent_log | wc -l) - before)) -le 8
check_that "the rest is counted" test "$(agent_status .log.withheld)" -ge 30

note "metrics and status"
check_that "metrics are written, for all to read" test "$(stat -c %a /tmp/rpctlsd.prom)" = 644
check_that "status as JSON has the latency" prints '"p99": [0-9]' tlsctl status --json
check_that "the program of a user may ask, too" setpriv --reuid 65534 --clear-groups tlsctl status
check_that "memory is locked" test "$(awk '/^VmLck:/ { print $2 }' "/proc/$lab_agent_pid/status")" -gt 0
check_that "no core is dumped" grep -E '^Max core file size +0 +0' "/proc/$lab_agent_pid/limits"
check_that "the agent ends" stop_agent
check_that "its last page counts handshakes" grep -E '^rpctls_handshakes_total\{role="server"\} [1-9]' /tmp/rpctlsd.prom
check_that "and failures by cause" grep -E '^rpctls_handshake_failures_total\{role="server",cause="not-tls"\} 40$' /tmp/rpctlsd.prom
check_that "it tells what it withheld" in_log '[0-9]+ more .*like this'
check_that "without an agent tlsctl status says so with 3" sh -c 'tlsctl status; test $? = 3'

note "a log that takes nothing"
check_that "the agent starts with a full disk behind its log" start_agent sh -c 'exec rpctlsd --foreground 2>/dev/full'
check_that "and serves" mounts_and_unmounts
check_that "what was lost is counted" test "$(agent_status .log.lost)" -ge 1
check_that "it ends" stop_agent
mkfifo /tmp/deaf
sleep 1000 </tmp/deaf &
deaf=$!
check_that "it starts with a reader that sleeps" start_agent sh -c 'exec rpctlsd --foreground 2>/tmp/deaf'
python3 -c 'import os; f = os.open("/tmp/deaf", os.O_WRONLY | os.O_NONBLOCK)
try:
    while True: os.write(f, b"x" * 4096)
except BlockingIOError: pass'
check_that "and serves" mounts_and_unmounts
check_that "and ends" stop_agent
kill $deaf

note "a service manager"
check_that "the agent starts under one" start_agent python3 "$here/agent_manager.py" /tmp/manager rpctlsd --foreground
check_that "it says that it is ready" eventually 5 grep -qx READY=1 /tmp/manager/notes
check_that "and pings" eventually 5 sh -c 'test "$(grep -cx WATCHDOG=1 /tmp/manager/notes)" -ge 3'
kill -STOP "$(cat /tmp/manager/pid)"
sleep 0.5
before=$(grep -cx WATCHDOG=1 /tmp/manager/notes)
sleep 1.5
check_that "an agent that stands still does not" test "$(grep -cx WATCHDOG=1 /tmp/manager/notes)" = "$before"
kill -CONT "$(cat /tmp/manager/pid)"
check_that "its place in the kernel's group is kept" eventually 5 grep -qx FDSTORE=1 /tmp/manager/notes
old=$(cat /tmp/manager/pid)
kill -HUP "$lab_agent_pid"
check_that "it is started anew" eventually 5 grep -qx AGAIN /tmp/manager/notes
check_that "no agent runs" fails kill -0 "$old"
check_that "a mount that is made meanwhile succeeds: its requests wait" mounts_and_unmounts
new=$(agent_status .pid)
check_that "by the new agent" test -n "$new" -a "$new" != "$old"
check_that "both end" stop_agent

stop_nfs_server

note "memory that is nobody else's"
install -d -o 65534 /tmp/nobody
check_that "an agent that is not root starts" start_agent setpriv --reuid 65534 --clear-groups --inh-caps +net_admin \
    --ambient-caps +net_admin rpctlsd --foreground --runtime-directory /tmp/nobody/run
# Of a process that may not be dumped, what shows its memory belongs to root.
check_that "its user may not look into it" test "$(stat -c %u "/proc/$lab_agent_pid/environ")" = 0
check_that "it ends" stop_agent

note "a network namespace"
ip netns add lab
ip netns exec lab ip link set lo up
ip netns exec lab rpctlsd --foreground --runtime-directory /run/rpctls-netns/lab </dev/null >/tmp/netns.log 2>&1 &
instance=$!
check_that "an agent of its own serves it, and is found from inside" \
    eventually 10 prints "process $instance," ip netns exec lab tlsctl status
check_that "from outside it is not" sh -c 'tlsctl status; test $? = 3'
kill $instance
wait $instance

lab_finish
