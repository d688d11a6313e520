#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# The rest of what can be wrong (faults.sh has the usual): certificates that are not fit, peers of another kind, an agent or a
# kernel that cannot. Each is produced for real and must be named by its class, soon, with nothing left mounted.
set -uo pipefail
note "kernel $(uname -r)"

pki=/tmp/pki # seen by the other machine, too
mounted=/mnt/nfs
server=nfs1.lab.example
mkdir -p "$mounted" /etc/rpctls
issue_credentials "$pki"
rpctls-takeover enable

# explained NAME OPTIONS [FACTS [SOURCE]]: the mount fails, the class is that, and the facts or the hint match.
explained() {
    local name=$1 options=$2 facts=${3:-.} source=${4:-$server:/} began=$SECONDS said status=0
    said=$(RPCTLS_JSON=1 mount -t nfs -o "vers=4.2,$options" "$source" "$mounted" 2>&1) || status=$?
    echo "status $status: $said"
    [[ $status = 32 ]] && ((SECONDS - began < 10)) && fails mountpoint -q "$mounted" &&
        jq -e --arg name "$name" --arg facts "$facts" \
            '.name == $name and (tojson | test($facts))' < <(grep '^{' <<<"$said") >/dev/null
}
# configured CERTIFICATE KEY [LINE…]: what the server shows; further lines are the client's.
configured() {
    {
        printf '%s\n' '[authenticate.server]' "x509.truststore=$pki/ca.pem" "x509.certificate=$1" "x509.private_key=$2"
        printf '%s\n' '[authenticate.client]' "x509.truststore=$pki/ca.pem" "${@:3}"
    } >/etc/rpctls/rpctls.conf
}
shows() { # NAME [LINE…]
    configured "$pki/$1.pem" "$pki/$1.key" "${@:2}"
    reload_agent
}
# request KEY: one for the server's name, by openssl, which refuses nothing.
request() { openssl req -new -key "$1" -subj /CN=nfs1 -addext "subjectAltName=DNS:$server" -addext extendedKeyUsage=serverAuth; }
# sign CA NAME: a request on standard input becomes NAME.pem.
sign() { openssl x509 -req -CA "$pki/$1.pem" -CAkey "$pki/$1.key" -CAcreateserial -days 7 -copy_extensions copy -out "$pki/$2.pem" 2>/dev/null; }

configured "$pki/server.pem" "$pki/server.key"
start_nfs_server xprtsec=tls:mtls
check_that "rpctlsd starts" start_agent rpctlsd
check_that "the mount works when nothing is wrong" mount -t nfs -o vers=4.2,xprtsec=tls "$server:/" "$mounted"
umount "$mounted"

note "certificates"
(umask 077 && openssl genrsa -out "$pki/short.key" 1024 2>/dev/null)
request "$pki/short.key" | sign ca short
shows short
check_that "an RSA key of 1024 bits" explained weak-key xprtsec=tls 'RSA.*1024'
(umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$pki/middle.key" 2>/dev/null)
openssl req -new -key "$pki/middle.key" -subj '/CN=Middle CA' -addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign | sign ca middle
request "$pki/server.key" | sign middle below
cp "$pki/server.key" "$pki/below.key"
shows below
check_that "the intermediate CA's certificate is not sent: its name is told" explained ca-not-trusted xprtsec=tls 'CN=Middle CA'
cat "$pki/below.pem" "$pki/middle.pem" >"$pki/chain.pem"
cp "$pki/server.key" "$pki/chain.key"
shows chain
check_that "  with it the mount works" mount -t nfs -o vers=4.2,xprtsec=tls "$server:/" "$mounted"
umount "$mounted"
printf '%s\n' 'crl_next_update = 7' 'crl_number = 1' >"$pki/crl.template"
certtool --generate-crl --load-ca-privkey "$pki/ca.key" --load-ca-certificate "$pki/ca.pem" --load-certificate "$pki/server.pem" \
    --template "$pki/crl.template" --outfile "$pki/crl.pem" 2>/dev/null
shows server "x509.crl=$pki/crl.pem"
check_that "revoked" explained certificate-revoked xprtsec=tls 'serial'

note "peers of another kind"
shows server alpn=strict
check_that "rpctlsd and rpctlsd agree on ALPN" mount -t nfs -o vers=4.2,xprtsec=tls "$server:/" "$mounted"
umount "$mounted"
add_host other
on other mkdir -p /etc/rpctls
on other start_nfs_server xprtsec=tls:mtls
issue_certificate "$pki" other --server --dns other.lab.example
check_that "TLS is offered, and nobody performs the server's handshakes" \
    explained handshake-closed xprtsec=tls 'agent' other.lab.example:/
on other configure_tlshd --truststore "$pki/ca.pem" --cert "$pki/other.pem" --key "$pki/other.key" --no-client-cert
check_that "tlshd serves there" on other start_agent tlshd
check_that "alpn=strict, and a tlshd that names none" explained alpn-missing xprtsec=tls alpn=compatible other.lab.example:/
shows server
check_that "by default that does" mount -t nfs -o vers=4.2,xprtsec=tls other.lab.example:/ "$mounted"
umount "$mounted"
on other stop_agent
on other stop_nfs_server
# A certificate that may agree on keys and not sign, which TLS 1.3 needs; OpenSSL shows it all the same.
openssl req -new -key "$pki/server.key" -subj /CN=nfs1 -addext "subjectAltName=DNS:$server" -addext keyUsage=critical,keyAgreement | sign ca agree
for mode in tls12 noise deaf wrong-program wrong-usage; do
    shown=server
    [[ $mode != wrong-usage ]] || shown=agree
    python3 ./odd_server.py 2060 $mode "$pki/$shown.pem" "$pki/server.key" >/tmp/odd.log 2>&1 &
    odd=$!
    eventually 10 grep -q listening /tmp/odd.log
    case $mode in
    tls12) check_that "a server of TLS 1.2" explained tls-version xprtsec=tls,port=2060 ;;
    noise) check_that "what listens is no RPC" explained probe-malformed xprtsec=tls,port=2060 ;;
    deaf) check_that "what listens says nothing" explained probe-timeout xprtsec=tls,port=2060 'port' ;;
    wrong-usage) check_that "a certificate that may not sign" explained key-usage xprtsec=tls,port=2060 ;;
    wrong-program) check_that "an RPC server without NFS" explained program-unavailable xprtsec=tls,port=2060 ;;
    esac
    kill $odd
    wait $odd 2>/dev/null
done

note "this host"
check_that "an identity that is there" tlsctl identity add lab --cert "$pki/client.pem" --key "$pki/client.key"
cp -a /etc/rpctls/identities/lab /etc/rpctls/identities/torn
cp "$pki/server.pem" /etc/rpctls/identities/torn/cert.pem
check_that "an identity whose certificate is of another key" explained key-mismatch xprtsec=mtls,tls_identity=torn
rm -r /etc/rpctls/identities/torn
cp -a /etc/rpctls/identities/lab /etc/rpctls/identities/open
chmod 0644 /etc/rpctls/identities/open/key.pem
check_that "an identity whose key everybody may read" explained file-exposed xprtsec=mtls,tls_identity=open 'chmod'
rm -r /etc/rpctls/identities/open
issue_certificate "$pki" late --client --dns client.example --expired
cp -a /etc/rpctls/identities/lab /etc/rpctls/identities/late
cp "$pki/late.pem" /etc/rpctls/identities/late/cert.pem
cp "$pki/late.key" /etc/rpctls/identities/late/key.pem
check_that "an identity that has expired" explained client-certificate-expired xprtsec=mtls,tls_identity=late
rm -r /etc/rpctls/identities/late
export_to() { exportfs -ua && exportfs -o rw,no_subtree_check,fsid=0,insecure,no_root_squash,xprtsec=tls:mtls "$1:/srv/data"; }
export_to 192.0.2.0/24
check_that "an export to others, which the kernel cannot tell from one that wants other protection" \
    explained export-refuses-protection xprtsec=tls 'clients it accepts'
stop_nfs_server
stop_agent
check_that "no agent" explained agent-absent xprtsec=tls rpctlsd

note "the kernel's module tls cannot be loaded"
check_that "rpctlsd starts again" start_agent rpctlsd
if grep -q '^tls ' /proc/modules && rmmod tls; then
    mount -t tmpfs none /lib/modules
    check_that "no kTLS" explained ktls-unavailable xprtsec=tls 'CONFIG_TLS'
    umount /lib/modules
else
    note "tls is part of this kernel"
fi
stop_agent
lab_finish
