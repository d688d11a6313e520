#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# Fifty exports of one server in fstab, one after the other and all at once, as at a boot: each stands with the protection
# asked for, the server is examined once, and what fails fails for all of them soon and says why.
set -uo pipefail

pki=/run/pki
server=nfs1.lab.example
count=50
issue_credentials "$pki"
issue_certificate "$pki" other --client --dns other.example
for name in client other; do
    tlsctl identity add "$name" --cert "$pki/$name.pem" --key "$pki/$name.key" >/dev/null
done
cat >/etc/rpctls/rpctls.conf <<CONF
[authenticate.client]
x509.truststore=$pki/ca.pem
identity=client
[authenticate.server]
x509.truststore=$pki/ca.pem
x509.certificate=$pki/server.pem
x509.private_key=$pki/server.key
CONF
rpctls-takeover enable
check_that "rpctlsd starts" start_agent rpctlsd
start_nfs_server xprtsec=tls:mtls

# fstab_of OPTIONS…: as many entries; where there are several OPTIONS, by turns.
fstab_of() {
    local i
    for ((i = 0; i < count; i++)); do
        mkdir -p "/srv/data/$i" "/mnt/$i"
        set -- "${@:2}" "$1"
        echo "$server:/$i /mnt/$i nfs vers=4.2,$1 0 0"
    done >/etc/fstab
}
# stand PROTECTION: how many of the mounts have it.
stand() { grep -c " /mnt/[0-9]* .*xprtsec=$1[, ]" /proc/self/mountinfo; }
takes_serials() { grep -q ' \.nfs: ' /proc/keys; }
# Of preflights and of the kernel's own connections.
handshakes() { agent_log | grep -c 'as server: '; }
all_unmounted() {
    umount -a -t nfs4,nfs
    [ "$(stand '[a-z]*')" = 0 ]
}
nothing_noted() { ! ls /run/rpctls-preflight/* 2>/dev/null; }

fstab_of xprtsec=mtls,tls_identity=client
before=$(handshakes)
check_that "fifty entries of fstab are mounted one after the other" mount -a -t nfs
check_that "  all with xprtsec=mtls" test "$(stand mtls)" = "$count"
made=$(($(handshakes) - before))
note "$made handshakes for $count mounts"
check_that "  with a few handshakes, not one each" test "$made" -lt 10
umount /mnt/0
check_that "one more among them is mounted" strace -f -o /tmp/trace mount /mnt/0
# statmount(2): to look for one among all of mountinfo would cost each mount as much as there are.
check_that "  and looked at by itself" test "$(grep -c 'statmount(.*) = 0' /tmp/trace) $(grep -c mountinfo /tmp/trace)" = "1 0"
check_that "  all are unmounted" all_unmounted

# mounted_at_once: mount(8) itself says nothing of the failures of those that it forks off.
mounted_at_once() { mount -a -F -t nfs && [ "$(stand mtls)" = "$count" ]; }
# Of mounts that begin at once each makes a connection until the kernel has one: the helper lets the first go alone, also
# where no preflight is needed.
for time in "" " again"; do
    before=$(handshakes)
    check_that "fifty entries are mounted all at once$time, with xprtsec=mtls" mounted_at_once
    made=$(($(handshakes) - before))
    note "$made handshakes for $count mounts at once"
    check_that "  with a few handshakes, not one each" test "$made" -lt 5
    check_that "  and are unmounted" all_unmounted
done

# NFSv4.1 knows a server by what it calls itself, and the kernel gives all mounts of one the protection of the first.
fstab_of xprtsec=tls xprtsec=mtls,tls_identity=client
output=$(mount -a -t nfs 2>&1)
check_that "of two protections by turns, those of the first stand" test "$(stand mtls) $(stand tls)" = "$((count / 2)) 0"
check_that "  and each of the others says why it does not" \
    test "$(grep -c 'joins this mount to another one of the same server' <<<"$output")" = $((count / 2))
check_that "  all are unmounted" all_unmounted

# --- an identity is never taken for another one, however soon one mount follows the other
client_of() { agent_log | grep 'as server: ' | tail -n 1; }
mount -t nfs -o xprtsec=mtls,tls_identity=client "$server:/0" /mnt/0
umount /mnt/0
mount -t nfs -o xprtsec=mtls,tls_identity=other "$server:/1" /mnt/1
check_that "the second identity is the one that is proved" \
    sh -c "printf '%s' '$(client_of)' | grep -q other"
if takes_serials; then
    check_that "  and the first may be beside it" mount -t nfs -o xprtsec=mtls,tls_identity=client "$server:/0" /mnt/0
    umount /mnt/0
else
    check_that "  and the first is refused beside it, though its preflight is remembered" \
        fails mount -t nfs -o xprtsec=mtls,tls_identity=client "$server:/0" /mnt/0
fi
umount /mnt/1
check_that "the first identity is proved again" mount -t nfs -o xprtsec=mtls,tls_identity=client "$server:/0" /mnt/0
check_that "  it and no other" sh -c "printf '%s' '$(client_of)' | grep -q client"
umount /mnt/0

# --- what was only tried stands for nothing
sleep 11
mount -f -t nfs -o xprtsec=mtls,tls_identity=other "$server:/1" /mnt/1
check_that "after a dry run a mount proves the identity that was tried" \
    mount -t nfs -o xprtsec=mtls,tls_identity=other "$server:/1" /mnt/1
check_that "  it and no other" sh -c "printf '%s' '$(client_of)' | grep -q other"
umount /mnt/1

# --- what fails
# all_fail_as WORDS: every mount says them, within the time that one takes and a little more; nothing stays.
all_fail_as() {
    local start=$SECONDS output
    output=$(mount -a -F -t nfs 2>&1)
    note "failed after $((SECONDS - start)) s"
    [ "$(stand '[a-z]*')" = 0 ] && [ "$(grep -c -- "$1" <<<"$output")" = "$count" ] && [ $((SECONDS - start)) -lt 60 ]
}
fstab_of xprtsec=mtls,tls_identity=client,nofail
mount /mnt/1 && umount /mnt/1
stop_nfs_server
check_that "a server that goes away behind a good preflight is examined anew" prints 'nothing listens on' \
    mount -t nfs -o xprtsec=mtls,tls_identity=client,vers=4.2,retry=0 "$server:/1" /mnt/1
sleep 11 # what went well speaks for ten seconds, and nfs-utils' program would go on trying for two minutes
check_that "without a server each says so" all_fail_as 'nothing listens on'
check_that "  and nothing is remembered of it" nothing_noted
start_nfs_server xprtsec=tls:mtls
stop_agent
check_that "without an agent each says so" all_fail_as 'no agent performs TLS handshakes'
check_that "rpctlsd starts again" start_agent rpctlsd
check_that "then all are mounted, with xprtsec=mtls: a failure is not remembered" mounted_at_once
check_that "  and are unmounted" all_unmounted
rpctls-takeover disable
stop_agent
stop_nfs_server
