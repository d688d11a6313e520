#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# The distribution's own parts alone: NFS over TLS between this kernel's client and server, with tlshd and mount.nfs.
# Proves the lab, and what the project's programs have to match.
set -uo pipefail

note "kernel $(uname -r), $(dpkg-query -W -f '${Package} ${Version}  ' nfs-utils nfs-common ktls-utils 2>/dev/null)"
secret=the-secret-nobody-may-see
pki=/run/pki
mounted=/mnt/nfs
mkdir -p "$mounted"

issue_credentials "$pki"
configure_tlshd --truststore "$pki/ca.pem" --cert "$pki/server.pem" --key "$pki/server.key" \
    --client-cert "$pki/client.pem" --client-key "$pki/client.key"
check_that "the agent joins the kernel's group" start_agent tlshd
check_that "the server starts" start_nfs_server xprtsec=none:tls:mtls

round_trip() {
    local security=$1 capture=/tmp/$1.pcap before
    before=$(ktls_counter TlsTxSw)
    capture_start "$capture" port 2049
    check_that "a mount with xprtsec=$security succeeds" \
        mount -t nfs -o "vers=4.2,xprtsec=$security" nfs1.lab.example:/ "$mounted"
    if [[ $security = none ]]; then
        # The kernel shows the option only where it is not the default.
        check_that "the kernel shows no TLS for xprtsec=none" fails grep -q xprtsec= /proc/self/mountinfo
    else
        check_that "the kernel confirms xprtsec=$security" mounted_with "$mounted" "xprtsec=$security"
    fi
    check_that "data arrives with xprtsec=$security" \
        sh -c "echo $secret $security > $mounted/file && grep -q '$secret $security' /srv/data/file"
    umount "$mounted"
    capture_stop
    if [[ $security = none ]]; then
        check_that "the capture shows the secret in clear" fails test "$(capture_hits "$capture" "$secret")" = 0
    else
        check_that "the capture with xprtsec=$security does not show the secret" \
            test "$(capture_hits "$capture" "$secret")" = 0
        check_that "the kernel counts new TLS sessions with xprtsec=$security" \
            test "$(ktls_counter TlsTxSw)" -gt "$before"
    fi
}
round_trip none
round_trip tls
round_trip mtls

export_with xprtsec=mtls
if ! kernel_at_least 7.0; then
    # tlshd 1.0.0 keeps the peer's certificate as a key of type asymmetric, and UML's 6.12 has no such type.
    check_that "without asymmetric keys, tlshd 1.0.0 gets no client into an export that asks for mtls" \
        fails mount -t nfs -o vers=4.2,xprtsec=mtls nfs1.lab.example:/ "$mounted"
else
    check_that "an export that asks for mtls is mounted" \
        mount -t nfs -o vers=4.2,xprtsec=mtls nfs1.lab.example:/ "$mounted"
    umount "$mounted"
fi
check_that "an export that asks for mtls refuses a mount without TLS" \
    fails mount -t nfs -o vers=4.2,xprtsec=none nfs1.lab.example:/ "$mounted"

stop_nfs_server
check_that "the agent ends when asked" stop_agent
lab_finish
