#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# Certificates, then authorities, are replaced while mounts come and go: no handshake fails. A revoked client is out once
# the agent has reloaded.
# shellcheck disable=SC2154  # lab_agent_pid: the lab's functions
set -uo pipefail

pki=/run/pki
live=/etc/rpctls/live
mkdir -p "$live" /etc/rpctls
# The emulated processor takes ten times as long for each mount.
enough=50 renewals=5
[[ $LAB_BACKEND != qemu ]] || enough=12 renewals=2

server_names=(--dns localhost --ip 127.0.0.1 --ip 127.0.0.2)
# put FILE NAME: in place of the file in use, as any careful program replaces it.
put() { install -m 600 "$1" "$live/$2.new" && mv "$live/$2.new" "$live/$2"; }
# renew FOLDER ROLE: a new key and a new certificate by the authority in FOLDER, put into use.
renew() {
    case $2 in
        server) issue_certificate "$1" server --server "${server_names[@]}" ;;
        client) issue_certificate "$1" client --client --dns client.example ;;
    esac && put "$1/$2.key" "$2.key" && put "$1/$2.pem" "$2.pem"
}
settings() {
    for role in client server; do
        printf '[authenticate.%s]\nx509.truststore=%s/trusted.pem\n' "$role" "$live"
        printf 'x509.certificate=%s/%s.pem\nx509.private_key=%s/%s.key\n' "$live" "$role" "$live" "$role"
    done
    printf '%s\n' "$@"
}
trust() { cat "$@" >/tmp/trusted.pem && put /tmp/trusted.pem trusted.pem; }
mounts() { mount -t nfs -o "vers=3,nolock,noresvport,xprtsec=mtls" "127.0.0.$1:/srv/data" "/mnt/$1"; }
# come_and_go NUMBER: mounts and unmounts by that address, each time with a handshake on either side.
come_and_go() {
    while [[ ! -e /tmp/enough ]]; do
        { mounts "$1" && touch "/mnt/$1/$1" && umount "/mnt/$1"; } || echo "address $1" >>/tmp/load.failed
        echo >>/tmp/load.done
    done
}
rounds() { wc -l </tmp/load.done; }
more_rounds() { (($(rounds) > $1)); }
# under_load: until both loops have been through what has just come into force.
under_load() { local before; before=$(rounds); eventually 30 more_rounds $((before + 4)); }
# The agent may have seen the new files by itself; the signal says that all of them are there.
reloaded() { reload_agent && test "$(agent_status .reload_failure)" = null; }

issue_authority "$pki/first" 'first CA'
issue_authority "$pki/second" 'second CA'
trust "$pki/first/ca.pem"
renew "$pki/first" server
renew "$pki/first" client
settings >/etc/rpctls/rpctls.conf
check_that "the agent starts" start_agent rpctlsd
serve() { NFSD_VERSION_3=yes start_nfs_server xprtsec=mtls; }
check_that "the server starts" serve
mkdir -p /mnt/1 /mnt/2
: >/tmp/load.done
: >/tmp/load.failed
loops=()
for address in 1 2; do
    come_and_go $address >>/tmp/load.failed 2>&1 &
    loops+=($!)
done
check_that "mounts come and go" under_load
used=$(agent_descriptors)

note "renewed certificates"
for round in $(seq 1 "$renewals"); do
    renew "$pki/first" server
    renew "$pki/first" client
    check_that "renewal $round: reloaded" reloaded
done
for _ in {1..10}; do kill -HUP "$lab_agent_pid"; done
check_that "ten signals at once: mounts go on" under_load
note "another authority, both trusted for a while"
trust "$pki/first/ca.pem" "$pki/second/ca.pem"
check_that "both authorities are trusted" reloaded
under_load
renew "$pki/second" server
check_that "the server's certificate is by the second" reloaded
under_load
renew "$pki/second" client
check_that "the client's certificate is by the second" reloaded
under_load
trust "$pki/second/ca.pem"
check_that "the first authority is trusted no longer" reloaded
check_that "mounts go on" under_load
eventually 60 more_rounds "$enough"
touch /tmp/enough
wait "${loops[@]}"
check_that "no mount failed" fails grep '' /tmp/load.failed
check_that "no handshake failed" test "$(agent_status '.causes|tojson')" = '{}'
note "$(rounds) mounts, $(agent_status .handshakes) handshakes, $(lab_reloads) reloads"
check_that "there were handshakes enough" test "$(agent_status .handshakes)" -ge $((2 * enough))
check_that "the last sessions are by the second authority" \
    prints 'as server: .*peer "CN=client".* issued by "CN=second CA"' tail -n 5 "$lab_state/agent.log"
check_that "old credentials hold no descriptors" eventually 5 agent_settled $((used + 1))

note "revocation"
mounts 1
revoke() {
    printf 'crl_next_update = 30\ncrl_number = 1\n' >/tmp/crl.template
    certtool --generate-crl --load-ca-privkey "$pki/second/ca.key" --load-ca-certificate "$pki/second/ca.pem" \
        --load-certificate "$1" --template /tmp/crl.template --outfile /tmp/crl.pem
}
check_that "the client's certificate is revoked" revoke "$live/client.pem"
put /tmp/crl.pem crl.pem
settings "x509.crl=$live/crl.pem" >/etc/rpctls/rpctls.conf
check_that "the list is in force" reloaded
check_that "what is mounted goes on" touch /mnt/1/before
check_that "the revoked client is refused" fails timeout 20 mount -t nfs \
    -o vers=3,nolock,noresvport,retry=0,xprtsec=mtls 127.0.0.2:/srv/data /mnt/2
check_that "the server's side says why" test "$(agent_status '.causes["certificate-revoked"]')" -ge 1
# The client believes to be done before the server has looked; only sometimes does it hear the verdict in time.
note "the client's agent: $(agent_cause 127.0.0.2)"
umount -f /mnt/1
renew "$pki/second" client
check_that "with a new certificate" reloaded
check_that "the client is welcome again" mounts 2
umount /mnt/2

stop_nfs_server
check_that "the agent ends when asked" stop_agent
lab_finish
