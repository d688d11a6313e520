#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# rpctlsd under the distribution's own mount.nfs and nfsd: sessions, proof of identity, suites, refusals, its end.
# shellcheck disable=SC2154  # lab_agent_pid: the lab's functions
set -uo pipefail

pki=/run/pki
# Three silent peers, which this test keeps in flight, are then fewer than half of the threads: nobody is in need.
export NFSD_THREADS=8
mounted=/mnt/nfs
secret=the-secret-nobody-may-see
peer=$(dirname "$(readlink -f "$0")")/agent_peer.py
[[ -e $peer ]] || peer=./agent_peer.py
mkdir -p "$mounted" /etc/rpctls

# configure CLIENT_LINES…: the server's part is always the same.
configure() {
    {
        echo "[authenticate.server]"
        printf '%s\n' "x509.truststore=$pki/ca.pem" "x509.certificate=$pki/server.pem" "x509.private_key=$pki/server.key"
        echo "[authenticate.client]"
        printf '%s\n' "$@"
    } >/etc/rpctls/rpctls.conf
}
as_client=("x509.truststore=$pki/ca.pem" "x509.certificate=$pki/client.pem" "x509.private_key=$pki/client.key")
reload() { kill -HUP "$lab_agent_pid"; sleep 0.5; }
mounts() { mount -t nfs -o "vers=4.2,$1" "${2:-nfs1.lab.example}:/" "$mounted"; }
in_log() { agent_log | grep -E "$1" >/dev/null; } # not -q: under pipefail an early end of grep is a failure
ask() { python3 "$peer" ask "$1"; }

issue_credentials "$pki"
configure "${as_client[@]}"
check_that "--check says what would be used" prints 'server: "CN=' rpctlsd --check
check_that "the agent joins the kernel's group" start_agent rpctlsd
check_that "a second agent is refused" fails rpctlsd --foreground
check_that "the server starts" start_nfs_server xprtsec=none:tls:mtls

for security in tls mtls; do
    before=$(ktls_counter TlsTxSw)
    capture_start "/tmp/$security.pcap" port 2049
    check_that "a mount with xprtsec=$security succeeds" mounts "xprtsec=$security"
    check_that "the kernel confirms xprtsec=$security" mounted_with "$mounted" "xprtsec=$security"
    check_that "data arrives with xprtsec=$security" \
        sh -c "echo $secret $security > $mounted/file && grep -q '$secret $security' /srv/data/file"
    umount "$mounted"
    capture_stop
    check_that "the wire with xprtsec=$security does not show it" \
        test "$(capture_hits "/tmp/$security.pcap" "$secret")" = 0
    check_that "the kernel counts both ends with xprtsec=$security" \
        test "$(ktls_counter TlsTxSw)" -ge $((before + 2))
    check_that "no record was refused" test "$(ktls_counter TlsDecryptError)" = 0
done
check_that "an audit line tells of a one-way session" \
    in_log 'handshake with nfs1.lab.example \(127.0.0.1\) as client: mode=server-auth, TLS 1.3, TLS_'
check_that "an audit line tells who a client was" \
    in_log 'as server: mode=mutual-x509, .*peer "CN=client'

export_with xprtsec=mtls
check_that "an export for mtls alone accepts a client that proved its identity" mounts xprtsec=mtls
check_that "and serves it" sh -c "echo mutual > $mounted/mutual && grep -q mutual /srv/data/mutual"
umount "$mounted"
check_that "and refuses one that did not" fails mounts xprtsec=tls
export_with xprtsec=none:tls:mtls

note "the three suites, by OpenSSL at the other end"
for suite in TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256; do
    check_that "server, $suite: calls are answered" \
        prints "^$suite\$" env SUITE=$suite python3 "$peer" null localhost "$pki/ca.pem" "$pki/client.pem" "$pki/client.key"
    SUITE=$suite python3 "$peer" proxy 2050 "$pki/server.pem" "$pki/server.key" >/tmp/proxy.log 2>&1 &
    proxy=$!
    eventually 10 grep -q listening /tmp/proxy.log
    check_that "client, $suite: a mount succeeds" mounts xprtsec=tls,port=2050
    check_that "client, $suite: data goes both ways" \
        sh -c "head -c 300000 /dev/urandom > $mounted/big && sync $mounted/big && cmp $mounted/big /srv/data/big"
    check_that "client, $suite: it was that suite" grep -q "session $suite" /tmp/proxy.log
    umount "$mounted"
    kill $proxy
    wait $proxy 2>/dev/null
done

note "refusals, and what the agent says of them"
# refused TITLE CAUSE [OPTIONS [SERVER]]
refused() {
    local begun=$SECONDS
    check_that "$1: the mount fails" fails mounts "${3:-xprtsec=mtls}" "${4:-nfs1.lab.example}"
    check_that "$1: within 10 seconds" test $((SECONDS - begun)) -lt 10
    check_that "$1: the agent names the cause" \
        test "$(ask "{\"op\":\"last-failure\",\"server\":\"${4:-nfs1.lab.example}\"}" | jq -r .failure.name)" = "$2"
}
issue_authority /run/other "CN=other CA" >/dev/null
configure "x509.truststore=/run/other/ca.pem" "${as_client[@]:1}"
reload
refused "a CA that is not trusted" ca-not-trusted
configure "x509.truststore=$pki/ca.pem"
reload
refused "no client certificate" identity-missing
configure "${as_client[@]}"
reload
issue_certificate "$pki" wrong --dns other.example --server
issue_certificate "$pki" old --dns nfs1.lab.example --server --expired
for fault in wrong:server-name-mismatch old:certificate-expired; do
    sed -i "s#/server\.#/${fault%%:*}.#" /etc/rpctls/rpctls.conf
    reload
    refused "a server with the certificate ${fault%%:*}" "${fault##*:}" xprtsec=tls
    configure "${as_client[@]}"
done
reload
check_that "with the right files again, the mount succeeds" mounts xprtsec=mtls
umount "$mounted"

note "reload"
cp "$pki/server.key" /tmp/server.key
echo broken >"$pki/server.key"
reload
check_that "a reload that finds a broken key is refused" in_log 'keeping the old settings'
check_that "and the old credentials stay in use" mounts xprtsec=mtls
umount "$mounted"
cp /tmp/server.key "$pki/server.key"
reload

note "stalled peers and the agent's end"
python3 "$peer" stall localhost 3 60 >/tmp/stall.log &
stalled=$!
eventually 10 grep -q stalled /tmp/stall.log
check_that "three silent peers are in flight" eventually 3 sh -c \
    "test \$(python3 '$peer' ask '{\"op\":\"status\"}' | jq .in_flight) -ge 3"
begun=$(date +%s%N)
check_that "the agent ends when asked, with handshakes under way" stop_agent
check_that "within 2 seconds" test $(($(date +%s%N) - begun)) -lt 2000000000
check_that "and reported them as failed" in_log 'the handshake agent was stopped'
check_that "its socket is gone" fails test -e /run/rpctls/agent.sock
kill $stalled
wait $stalled 2>/dev/null
check_that "without an agent the mount fails at once" fails timeout 10 mount -t nfs -o vers=4.2,xprtsec=tls,retry=0 nfs1.lab.example:/ "$mounted"

note "a mount outlives the agent"
check_that "the agent starts anew" start_agent rpctlsd
check_that "the mount succeeds" mounts xprtsec=mtls
stop_agent
check_that "data goes on without an agent" sh -c "echo one > $mounted/one && sync $mounted/one"
check_that "the agent starts a third time" start_agent rpctlsd
# nfsd's end closes all connections; the client makes new ones, and the agent their handshakes.
rpc.nfsd 0
rpc.nfsd -N 3 4
echo Y >/proc/fs/nfsd/v4_end_grace 2>/dev/null
check_that "after a reconnect data goes on" timeout 60 sh -c "echo two > $mounted/two && sync $mounted/two"
check_that "by handshakes of the new agent" test "$(ask '{"op":"status"}' | jq .handshakes)" -ge 2
umount "$mounted"

if kernel_at_least 7.0; then
    note "an identity by serial numbers"
    keyring=$(awk '$9 == ".nfs:" || $9 == ".nfs" { print $1; exit }' /proc/keys)
    keyring=$((0x$keyring))
    openssl x509 -in "$pki/client.pem" -outform DER -out /tmp/client.der
    openssl pkcs8 -topk8 -nocrypt -in "$pki/client.key" -outform DER -out /tmp/client.key.der
    keyctl link "$keyring" @s
    certificate=$(keyctl padd user nfs:x509:lab:cert "$keyring" </tmp/client.der)
    private_key=$(keyctl padd user nfs:x509:lab:privkey "$keyring" </tmp/client.key.der)
    configure "x509.truststore=$pki/ca.pem"
    reload
    export_with xprtsec=mtls
    check_that "cert_serial= and privkey_serial= prove the identity on the keyring" \
        mounts "xprtsec=mtls,cert_serial=$certificate,privkey_serial=$private_key"
    check_that "data arrives" sh -c "echo serial > $mounted/serial && grep -q serial /srv/data/serial"
    umount "$mounted"
    check_that "a serial that is none is refused" \
        fails mounts "xprtsec=mtls,cert_serial=1,privkey_serial=2"
else
    # What the mount helper relies on when it tells the agent by server instead.
    check_that "this kernel's mount takes no cert_serial=" fails mounts "xprtsec=mtls,cert_serial=1,privkey_serial=2"
fi

stop_nfs_server
check_that "the agent ends" stop_agent
agent_log >"${LAB_OUT:-/tmp}/agent.log" 2>/dev/null
lab_finish
