#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# tlsctl status on a host that mounts from itself: what it says of mounts, clients, kTLS and identities, and when it asks for
# a person.
set -uo pipefail
note "kernel $(uname -r)"

pki=/run/pki
server=nfs1.lab.example
mkdir -p /mnt/tls /mnt/clear /etc/rpctls
issue_certificate "$pki" server --server --days 90 --dns nfs1.lab.example --dns nfs2.lab.example
issue_certificate "$pki" client --client --days 90
rpctls-takeover enable
rpctls_conf "$pki" server >/etc/rpctls/rpctls.conf

# stands STATUS FILTER: tlsctl status ends with that status, and the jq filter holds for what it prints.
stands() {
    local status=0 said
    said=$(tlsctl status --json) || status=$?
    echo "status $status: $said"
    [[ $status = "$1" ]] && jq -e "$2" <<<"$said" >/dev/null
}

check_that "without an agent it says so, and shows the rest" \
    stands 3 '.agent == null and .error.stage == "kernel" and .mounts == [] and (.well | not)'
start_nfs_server xprtsec=none:tls:mtls
check_that "rpctlsd starts" start_agent rpctlsd
check_that "all is well without a mount" stands 0 '.well and .mounts == [] and .server.threads == 4'

tlsctl identity add lab --cert "$pki/client.pem" --key "$pki/client.key" >/dev/null
check_that "an mtls mount" mount -t nfs -o vers=4.2,xprtsec=mtls,tls_identity=lab "$server:/" /mnt/tls
check_that "it is shown with what it asks for, and what its connection has" \
    stands 0 '.mounts == [{"mount_point": "/mnt/tls", "source": "nfs1.lab.example:/", "xprtsec": "mtls",
        "connections": {"TLS 1.3 AES-256-GCM": 1}}]'
check_that "the server sees the client's connection with TLS" \
    stands 0 '.server.clients | length == 1 and (.[0].connections == {"TLS 1.3 AES-256-GCM": 1})'
check_that "kTLS counts both ends" stands 0 '.ktls.TlsCurrTxSw == 2 and .ktls.TlsCurrRxSw == 2 and .ktls.TlsDecryptError == 0'
check_that "the identity is shown with its days" stands 0 '.identities | length == 1 and .[0].name == "lab" and .[0].days_left > 7'
check_that "people read the same" prints 'nfs1.lab.example:/ +mtls +1 TLS 1.3 AES-256-GCM' tlsctl status

check_that "who is not root sees no connections, and is told so" \
    sh -c 'setpriv --reuid 65534 --clear-groups tlsctl status --json | jq -e "(.connections_told | not) and .mounts[0].connections == {}"'

issue_certificate "$pki" brief --client --days 3
tlsctl identity add brief --cert "$pki/brief.pem" --key "$pki/brief.key" >/dev/null
check_that "an identity that ends in three days needs a person" \
    stands 1 '(.well | not) and ([.attention[].name] == ["certificate-ends-soon"])'
check_that "and is removed" tlsctl identity remove brief
umount /mnt/tls
check_that "a mount in clear" mount -t nfs -o vers=4.2,xprtsec=none "$server:/" /mnt/clear
check_that "it is shown in clear at both ends" \
    stands 0 '.mounts[0].xprtsec == "none" and .mounts[0].connections == {"in clear": 1} and
        .server.clients[0].connections == {"in clear": 1}'
umount /mnt/clear
check_that "all is well again, and kTLS has nothing to do" eventually 5 stands 0 '.well and .ktls.TlsCurrTxSw == 0'
stop_agent
stop_nfs_server
lab_finish
