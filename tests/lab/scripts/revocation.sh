#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# The second year of a CA made by tlsctl: certificates are signed for keys that stay where they are, renewed while they are in
# use, and taken back; agents follow by themselves; a list that nobody dates anew is noticed.
set -uo pipefail
note "kernel $(uname -r)"

server=nfs1.lab.example
ca=/etc/rpctls/ca
certs=/etc/rpctls/certs
mkdir -p /mnt/nfs /etc/rpctls
rpctls-takeover enable

# says STATUS FILTER COMMAND…: tlsctl's command ends with that status, and the jq filter holds for what it prints.
says() {
    local expected=$1 filter=$2 status=0 said
    shift 2
    said=$(tlsctl "$@" --json) || status=$?
    echo "status $status: $said"
    [[ $status = "$expected" ]] && jq -e "$filter" <<<"$said" >/dev/null
}

# --- the CA and a server whose key never leaves it
check_that "a CA" tlsctl ca init --name 'Lab CA'
check_that "an empty list to begin with" says 0 '.crl.number == 1 and .crl.revoked == [] and .written' ca crl
check_that "the server asks for a certificate" \
    says 0 '.asked.names.dns == ["nfs1.lab.example"]' cert request nfs1 --profile server --dns "$server"
check_that "openssl reads the request" openssl req -in $certs/nfs1.csr -noout -verify
check_that "--show signs nothing" \
    says 0 '.signed | not' cert sign $certs/nfs1.csr --profile server --show
check_that "no certificate is there" fails test -e $certs/nfs1.pem
check_that "the CA signs it" says 0 '.signed and .profile == "server"' cert sign $certs/nfs1.csr --profile server
check_that "certificate and key belong together" tlsctl cert check $certs/nfs1.pem --key $certs/nfs1.key --host "$server"

for name in good stolen; do
    tlsctl cert issue $name --profile client --dns $name.example >/dev/null
    tlsctl identity add $name --cert $certs/$name.pem --key $certs/$name.key >/dev/null
done
cat >/etc/rpctls/rpctls.conf <<END
[authenticate.client]
x509.truststore=$ca/ca.pem
x509.crl=$ca/crl.pem
[authenticate.server]
x509.truststore=$ca/ca.pem
x509.crl=$ca/crl.pem
x509.certificate=$certs/nfs1.pem
x509.private_key=$certs/nfs1.key
END
start_nfs_server xprtsec=mtls
check_that "rpctlsd starts" start_agent rpctlsd
try() { mount -t nfs -o "vers=4.2,xprtsec=mtls,tls_identity=$1" "$server:/" /mnt/nfs; }
try_once() { try "$1" && umount /mnt/nfs; }
check_that "a client of this CA mounts" try_once good
check_that "another one, too" try_once stolen

# --- taken back
check_that "a name is taken back" \
    says 0 '.revoked[0].new and .crl.number == 2 and (.crl.revoked | length) == 1' cert revoke stolen --reason key-compromise
check_that "once more changes nothing" says 0 '(.revoked[0].new | not) and .crl.number == 2' cert revoke stolen
check_that "openssl says the same" \
    prints 'certificate revoked' sh -c "openssl verify -CAfile $ca/ca.pem -CRLfile $ca/crl.pem -crl_check $certs/stolen.pem 2>&1"
check_that "and that the other is well" openssl verify -CAfile $ca/ca.pem -CRLfile $ca/crl.pem -crl_check $certs/good.pem
check_that "the helper refuses to prove it, or the server to take it; the agent follows by itself" \
    eventually 15 fails try_once stolen
check_that "what is said names the cause" prints 'revoked' sh -c "mount -t nfs -o vers=4.2,xprtsec=mtls,tls_identity=stolen $server:/ /mnt/nfs 2>&1"
check_that "nothing is mounted" fails mountpoint -q /mnt/nfs
check_that "the other client still mounts" try_once good
check_that "its key is not signed again under another name" \
    says 4 '.error.name == "key-compromised"' cert renew stolen
check_that "with a new key it is" says 0 '.renewed and .new_key' cert renew stolen --new-key
tlsctl identity update stolen --cert $certs/stolen.pem --key $certs/stolen.key >/dev/null
check_that "and mounts" try_once stolen

# --- renewed while mounted
check_that "a mount that stays" try good
check_that "a certificate that is not due is left alone" says 0 '.renewed | not' cert renew nfs1
before=$(openssl x509 -in $certs/nfs1.pem -noout -serial)
check_that "renewed all the same" says 0 '.renewed and (.new_key | not)' cert renew nfs1 --force
check_that "it has a serial of its own" test "$before" != "$(openssl x509 -in $certs/nfs1.pem -noout -serial)"
check_that "the key is the same" \
    cmp <(openssl x509 -in $certs/nfs1.pem -noout -pubkey) <(openssl pkey -in $certs/nfs1.key -pubout)
fingerprint=$(openssl x509 -in $certs/nfs1.pem -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)
check_that "the agent takes it by itself" \
    eventually 15 sh -c "tlsctl status --json | jq -e '.agent.certificates[] | select(.sha256 == \"$fingerprint\")'"
restart_nfsd 1
check_that "the mount goes on with it" sh -c 'date >/mnt/nfs/file && cat /mnt/nfs/file'
check_that "a new client sees it" \
    says 0 ".chain[0].sha256 == \"$fingerprint\"" probe "$server" --identity good
umount /mnt/nfs

# --- a list that nobody has dated anew: one day long, and the clock goes on two days
check_that "a list for one day" says 0 '.crl.number == 3' ca crl --crl-days 1
check_that "it is not due at once" says 0 '.written | not' ca crl --if-due
date -s '+2 days' >/dev/null
check_that "two days later cert check says so" \
    says 1 '[.findings[].name] | index("crl-outdated") != null' cert check $certs/good.pem
check_that "so does ca show" says 0 '.crl.outdated' ca show
check_that "and everybody is refused, as soon as the agents have the list" eventually 15 fails try_once good
check_that "the timer's command dates it anew" says 0 '.written and .crl.number == 4 and (.crl.revoked | length) == 1' ca crl --if-due
check_that "and everybody is let in again" eventually 15 try_once good
stop_agent
stop_nfs_server
lab_finish
