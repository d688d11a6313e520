#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# pin= of a server: the helper and the agent believe the pinned key only, at the mount and at each handshake after it.
set -uo pipefail
note "kernel $(uname -r)"

pki=/run/pki
server=nfs1.lab.example
mkdir -p /mnt/nfs /etc/rpctls
issue_credentials "$pki"
issue_certificate "$pki" replaced --server --dns "$server"
rpctls-takeover enable

# configured PIN…: the client's settings, the server's key being the first one.
configured() {
    {
        rpctls_conf "$pki" "$shown"
        [[ $# = 0 ]] || printf '[mount.%s]\n' "$server"
        for pin in "$@"; do printf 'pin=%s\n' "$pin"; done
    } >/etc/rpctls/rpctls.conf
}
# The digest as anybody computes it who has no rpctls.
pin_of() { openssl x509 -in "$pki/$1.pem" -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1; }
try() { mount -t nfs -o "vers=4.2,$1" "$server:/" /mnt/nfs; }
try_once() { try "$1" && umount /mnt/nfs; }
# refused NAME OPTIONS: with that class, and nothing mounted.
refused() { fails_as "$1" try "$2" && fails mountpoint -q /mnt/nfs; }

shown=server
configured
start_nfs_server xprtsec=none:tls:mtls
check_that "rpctlsd starts" start_agent rpctlsd
check_that "tlsctl probe shows the digest that openssl computes" \
    sh -c "tlsctl probe $server --json | jq -e '.chain[0].spki_sha256 == \"$(pin_of server)\"'"
configured "$(pin_of server)"
reload_agent
check_that "with the server's key pinned it is mounted" try_once xprtsec=tls
check_that "and probed" tlsctl probe "$server"
check_that "a mount without TLS is refused: nobody would look at the key" refused below-minimum xprtsec=none

configured "$(pin_of replaced)"
reload_agent
check_that "with another key pinned the helper refuses" refused server-key-not-pinned xprtsec=tls
check_that "tlsctl probe says so, too" \
    sh -c "tlsctl probe $server --json | jq -e '.failure.name == \"server-key-not-pinned\" or .error.name == \"server-key-not-pinned\"'"
check_that "without a preflight the agent refuses, and its record says why" \
    refused server-key-not-pinned xprtsec=tls,preflight=off
check_that "the kernel's own mount is refused by the agent" \
    fails /usr/sbin/mount.nfs.nfs-utils "$server:/" /mnt/nfs -o vers=4.2,xprtsec=tls
check_that "by another name there is no pin" \
    sh -c 'mount -t nfs -o vers=4.2,xprtsec=tls server.example:/ /mnt/nfs && umount /mnt/nfs'

note "the key is replaced under a mount"
configured "$(pin_of server)" "$(pin_of replaced)"
reload_agent
check_that "both keys pinned, old and new" try xprtsec=tls
shown=replaced
configured "$(pin_of server)" "$(pin_of replaced)"
reload_agent
restart_nfsd 1
check_that "R-5.1.1-13: the mount connects again, with TLS and the new key" sh -c 'date >/mnt/nfs/file && cat /mnt/nfs/file'
umount /mnt/nfs

configured "$(pin_of server)"
reload_agent
check_that "the old key alone: refused" refused server-key-not-pinned xprtsec=tls
configured nonsense
check_that "what is no pin is told with its line" prints 'line 8: \[mount.nfs1.lab.example\] pin' rpctlsd --check
reload_agent
fails /usr/sbin/mount.nfs.nfs-utils "$server:/" /mnt/nfs -o vers=4.2,xprtsec=tls
check_that "and the agent keeps the pins it had" prints '^server-key-not-pinned$' agent_cause "$server"
stop_agent

configured "$(pin_of replaced)"
configure_tlshd --truststore "$pki/ca.pem" --cert "$pki/replaced.pem" --key "$pki/replaced.key" --no-client-cert
check_that "tlshd starts" start_agent tlshd
check_that "an agent that knows no pins is no agent for this server" refused pin-needs-rpctlsd xprtsec=tls
stop_agent
stop_nfs_server
lab_finish
