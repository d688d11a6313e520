#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# tlshd and rpctlsd in each other's place, with tlshd's configuration file as it is: what is mounted goes on, what is
# mounted anew works, and both at once do no harm.
# shellcheck disable=SC2154  # lab_agent_pid, status and output: the lab's functions
set -uo pipefail
note "kernel $(uname -r), $(dpkg-query -W -f '${Package} ${Version}' ktls-utils 2>/dev/null)"

pki=/run/pki
addresses=()
for number in {1..12}; do addresses+=(--ip "127.0.0.$number"); done
issue_certificate "$pki" server --server --dns localhost "${addresses[@]}"
issue_certificate "$pki" client --client --dns client.example
configure_tlshd --truststore "$pki/ca.pem" --cert "$pki/server.pem" --key "$pki/server.key" \
    --client-cert "$pki/client.pem" --client-key "$pki/client.key"
configuration=/etc/tlshd.conf
[[ ! -e /etc/tlshd/config ]] || configuration=/etc/tlshd/config
before=$(sha256sum "$configuration")

# mounts NUMBER SECURITY: each has a server address, and with version 3 connections, of its own.
mounts() {
    mkdir -p "/mnt/$1"
    mount -t nfs -o "vers=3,nolock,noresvport,nconnect=2,xprtsec=$2" "127.0.0.$1:/srv/data" "/mnt/$1" &&
        mounted_with "/mnt/$1" "xprtsec=$2"
}
carries() { echo "$RANDOM" >"/mnt/$1/file$1" && sync "/mnt/$1/file$1" && cmp "/mnt/$1/file$1" "/srv/data/file$1"; }
all_carry() { for folder in /mnt/[0-9]*; do carries "${folder##*/}" || return; done; }

check_that "tlshd starts" start_agent tlshd
serve() { NFSD_VERSION_3=yes start_nfs_server xprtsec=none:tls:mtls; }
check_that "the server starts" serve
check_that "tls by tlshd" mounts 2 tls
check_that "mtls by tlshd" mounts 3 mtls
check_that "data goes through both" all_carry

number=4
# Asked to end, and killed: neither leaves anything in the way of the other.
ends=(stop_agent kill_agent) rounds=10
# An emulated processor takes its time.
[[ $LAB_BACKEND != qemu ]] || ends=(kill_agent) rounds=3
for end in "${ends[@]}"; do
    for agent in rpctlsd tlshd; do
        replace() { "$end" && start_agent "$agent"; }
        check_that "$end, and $agent starts in its place" replace
        check_that "$agent: what was mounted goes on" all_carry
        check_that "$agent: nfsd restarts" restart_nfsd
        check_that "$agent: it reconnects" timeout 60 bash -c ". /lab/guest/functions.sh; $(declare -f carries all_carry); all_carry"
        check_that "$agent: a new mount with tls" mounts $number tls
        check_that "$agent: a new mount with mtls" mounts $((number + 1)) mtls
        check_that "$agent: data goes through all" all_carry
        number=$((number + 2))
    done
done
check_that "the configuration file is as it was" test "$(sha256sum "$configuration")" = "$before"
umount /mnt/[0-9]*
rmdir /mnt/[0-9]*

note "both at once"
# Both are told of each request; whoever asks first gets it, the other is told that there is none.
tlshd_pid=$lab_agent_pid
tlshd_log=$lab_state/tlshd.log
mv "$lab_state/agent.log" "$tlshd_log"
check_that "rpctlsd starts beside tlshd" start_agent rpctlsd
both_mount() {
    for _ in $(seq "$rounds"); do
        mounts 2 tls && mounts 3 mtls && all_carry && umount /mnt/2 /mnt/3 || return
    done
}
check_that "$((2 * rounds)) mounts succeed" both_mount
taken=$(agent_status .handshakes)
note "rpctlsd performed $taken of at least $((8 * rounds)) handshakes, the other agent the rest"
check_that "no handshake of rpctlsd's failed" test "$(agent_status '.causes|tojson')" = '{}'
check_that "rpctlsd had its part" test "$taken" -gt 0
kill "$tlshd_pid"
wait "$tlshd_pid" 2>/dev/null
check_that "without tlshd mounts go on" mounts 2 mtls
umount /mnt/2
check_that "it ends when asked" stop_agent

note "tlshd's own options"
for options in "-s -c $configuration" "--stderr --config=$configuration" "--config $configuration -s"; do
    # shellcheck disable=SC2086  # words of options
    check_that "rpctlsd $options" start_agent /usr/sbin/rpctlsd $options
    stop_agent
done
run_cmd rpctlsd -v
check_that "-v says the version" test "$status ${output%% *}" = '0 rpctlsd'
check_that "-h explains" prints --config rpctlsd -h
check_that "an option that neither knows is refused" fails rpctlsd --no-such-option
check_that "a configuration that is missing is refused" fails rpctlsd -s -c /etc/no-such-file

stop_nfs_server
lab_finish
