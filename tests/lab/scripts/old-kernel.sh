#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: bookworm/uml
# A kernel from before RPC with TLS (6.1): what wants it fails by name and at once, and never becomes a mount in clear; what
# does not goes on as before.
set -uo pipefail
note "kernel $(uname -r)"

mounted=/mnt/nfs
mkdir -p "$mounted"
rpctls-takeover enable
check_that "the server starts" start_nfs_server
check_that "a mount without TLS works through the take-over" mount -t nfs -o vers=4.2 localhost:/ "$mounted"
umount "$mounted"
for options in xprtsec=tls xprtsec=mtls xprtsec=mtls,tls_identity=lab xprtsec=auto; do
    check_that "$options: no handshake service" \
        explained handshake-family-missing "$options,vers=4.2" localhost:/ 'CONFIG_NET_HANDSHAKE'
done
check_that "-t nfstls, too" prints 'no TLS handshake service' mount -t nfstls localhost:/ "$mounted"
check_that "the agent does not start, and says why" prints 'no TLS handshake service.*kernel 6\.1' rpctlsd --foreground
check_that "tlsctl doctor finds it" prints 'handshake-family-missing' tlsctl doctor
check_that "the server is mounted without TLS as before" mount -t nfs -o vers=4.2 localhost:/ "$mounted"
umount "$mounted"
stop_nfs_server
lab_finish
