#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# What can be wrong, produced for real: the helper names the cause, exits 32, is done well under ten seconds, and leaves
# nothing mounted.
set -uo pipefail
note "kernel $(uname -r)"

pki=/run/pki
mounted=/mnt/nfs
mkdir -p "$mounted" /etc/rpctls
issue_credentials "$pki"
issue_authority /run/other 'Another CA'
rpctls-takeover enable

# use CERTIFICATE [TRUSTSTORE]: the server shows this certificate; the client trusts that CA.
use() {
    stop_agent
    rpctls_conf "$pki" "$1" "x509.truststore=${2:-$pki/ca.pem}" >/etc/rpctls/rpctls.conf
    configure_tlshd --truststore "${2:-$pki/ca.pem}" --cert "$pki/$1.pem" --key "$pki/$1.key" --no-client-cert
    start_agent "$agent"
}

server=nfs1.lab.example:/
start_nfs_server xprtsec=tls:mtls

check_that "no agent running" explained agent-absent xprtsec=tls "$server" rpctlsd

all_faults() {
    agent=$1
    use server
    check_that "$agent: the mount works when nothing is wrong" mount -t nfs -o xprtsec=tls "$server" "$mounted"
    umount "$mounted"
    check_that "$agent: unknown name" explained name-not-found xprtsec=tls nobody.lab.example:/
    ip route add unreachable 203.0.113.1
    check_that "$agent: server unreachable" explained unreachable xprtsec=tls 203.0.113.1:/
    # A host that takes packets and says nothing.
    ip netns add silent
    ip link add veth-a type veth peer name veth-b netns silent
    ip address add 203.0.113.9/29 dev veth-a
    ip link set veth-a up
    ip neighbour add 203.0.113.10 lladdr 02:00:00:00:00:10 dev veth-a
    check_that "$agent: server that does not answer" explained connect-timeout xprtsec=tls 203.0.113.10:/
    ip link del veth-a
    ip netns del silent
    ip route del unreachable 203.0.113.1
    check_that "$agent: nothing listening" explained connection-refused xprtsec=tls,port=2050 "$server"
    rpcbind
    check_that "$agent: server without TLS" explained "$(without_tls)" xprtsec=tls,port=111 "$server"
    killall -q -w rpcbind
    check_that "$agent: mtls without any client certificate" \
        explained client-certificate-missing xprtsec=mtls "$server" tls_identity=
    use server /run/other/ca.pem
    check_that "$agent: CA not trusted" explained ca-not-trusted xprtsec=tls "$server"
    use elsewhere
    check_that "$agent: wrong name in the certificate" explained server-name-mismatch xprtsec=tls "$server"
    check_that "$agent: mounted by address, names only in the certificate" \
        explained server-name-mismatch xprtsec=tls 127.0.0.1:/
    use expired
    check_that "$agent: certificate expired" explained certificate-expired xprtsec=tls "$server"
    use early
    check_that "$agent: certificate not yet valid" explained certificate-not-yet-valid xprtsec=tls "$server"
    use server
    export_with xprtsec=mtls
    check_that "$agent: an export that insists on mtls" \
        explained export-refuses-protection xprtsec=tls "$server" xprtsec=mtls,tls_identity=
    export_with xprtsec=tls:mtls
    check_that "$agent: what nfs-utils says best is left to it" \
        prints 'No such file' mount -t nfs -o xprtsec=tls "${server}nowhere" "$mounted"
    stop_agent
}
# rpcbind denies the flavor.
without_tls() { echo tls-refused; }
issue_certificate "$pki" elsewhere --server --dns elsewhere.example
issue_certificate "$pki" expired --server --dns nfs1.lab.example --expired
issue_certificate "$pki" early --server --dns nfs1.lab.example --not-yet-valid

all_faults tlshd
if command -v rpctlsd >/dev/null; then
    all_faults rpctlsd
    agent=rpctlsd
    use server
    check_that "identity unknown" explained identity-unknown xprtsec=mtls,tls_identity=nobody "$server" 'tlsctl identity add'
    # A client certificate that the server's trust anchors know nothing of.
    issue_certificate /run/other stranger --client --dns stranger.example
    mkdir -p /etc/rpctls/identities/stranger
    chmod 0700 /etc/rpctls/identities /etc/rpctls/identities/stranger
    install -m 0600 /run/other/stranger.pem /etc/rpctls/identities/stranger/cert.pem
    install -m 0600 /run/other/stranger.key /etc/rpctls/identities/stranger/key.pem
    check_that "client certificate refused" \
        explained client-certificate-refused xprtsec=mtls,tls_identity=stranger "$server"
    check_that "an identity without mtls is wrong usage" \
        sh -c "mount -t nfs -o xprtsec=tls,tls_identity=lab $server $mounted; test \$? = 1"
    use elsewhere
    check_that "with bg, a server that fails verification is not tried again" \
        explained server-name-mismatch xprtsec=tls,bg "$server"
    stop_agent
else
    check_that "rpctlsd is in the stage" false
fi
stop_nfs_server
note "milliseconds: $(sort -n /run/lab/explained | tr '\n' ';')"
lab_finish
