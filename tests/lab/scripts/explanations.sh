#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# The rest of what can be wrong (faults.sh has the usual): certificates that are not fit, peers of another kind, an agent or a
# kernel that cannot. Each is produced for real and must be named by its class, soon, with nothing left mounted.
# shellcheck disable=SC2154  # lab_agent_pid, lab_state: the lab
set -uo pipefail
note "kernel $(uname -r)"

pki=/tmp/pki # seen by the other machine, too
mounted=/mnt/nfs
server=nfs1.lab.example
mkdir -p "$mounted" /etc/rpctls
issue_credentials "$pki"
rpctls-takeover enable

shows() { # NAME [LINE…]
    rpctls_conf "$pki" "$@" >/etc/rpctls/rpctls.conf
    reload_agent
}
# request KEY: one for the server's name, by openssl, which refuses nothing.
request() { openssl req -new -key "$1" -subj /CN=nfs1 -addext "subjectAltName=DNS:$server" -addext extendedKeyUsage=serverAuth; }
# sign CA NAME: a request on standard input becomes NAME.pem.
sign() { openssl x509 -req -CA "$pki/$1.pem" -CAkey "$pki/$1.key" -CAcreateserial -days 7 -copy_extensions copy -out "$pki/$2.pem" 2>/dev/null; }

rpctls_conf "$pki" server >/etc/rpctls/rpctls.conf
start_nfs_server xprtsec=tls:mtls
check_that "rpctlsd starts" start_agent rpctlsd
check_that "the mount works when nothing is wrong" mount -t nfs -o vers=4.2,xprtsec=tls "$server:/" "$mounted"
umount "$mounted"

note "certificates"
(umask 077 && openssl genrsa -out "$pki/short.key" 1024 2>/dev/null)
request "$pki/short.key" | sign ca short
shows short
check_that "an RSA key of 1024 bits" explained weak-key vers=4.2,xprtsec=tls "$server:/" 'RSA.*1024'
(umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$pki/middle.key" 2>/dev/null)
openssl req -new -key "$pki/middle.key" -subj '/CN=Middle CA' -addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign | sign ca middle
request "$pki/server.key" | sign middle below
cp "$pki/server.key" "$pki/below.key"
shows below
check_that "the intermediate CA's certificate is not sent: its name is told" explained ca-not-trusted vers=4.2,xprtsec=tls "$server:/" 'CN=Middle CA'
cat "$pki/below.pem" "$pki/middle.pem" >"$pki/chain.pem"
cp "$pki/server.key" "$pki/chain.key"
shows chain
check_that "  with it the mount works" mount -t nfs -o vers=4.2,xprtsec=tls "$server:/" "$mounted"
umount "$mounted"
printf '%s\n' 'crl_next_update = 7' 'crl_number = 1' >"$pki/crl.template"
certtool --generate-crl --load-ca-privkey "$pki/ca.key" --load-ca-certificate "$pki/ca.pem" --load-certificate "$pki/server.pem" \
    --template "$pki/crl.template" --outfile "$pki/crl.pem" 2>/dev/null
shows server "x509.crl=$pki/crl.pem"
check_that "revoked" explained certificate-revoked vers=4.2,xprtsec=tls "$server:/" 'serial'

note "peers of another kind"
shows server alpn=strict
check_that "rpctlsd and rpctlsd agree on ALPN" mount -t nfs -o vers=4.2,xprtsec=tls "$server:/" "$mounted"
umount "$mounted"
add_host other
on other mkdir -p /etc/rpctls
on other start_nfs_server xprtsec=tls:mtls
issue_certificate "$pki" other --server --dns other.lab.example
check_that "TLS is offered, and nobody performs the server's handshakes" \
    explained handshake-closed vers=4.2,xprtsec=tls other.lab.example:/ 'agent'
on other configure_tlshd --truststore "$pki/ca.pem" --cert "$pki/other.pem" --key "$pki/other.key" --no-client-cert
check_that "tlshd serves there" on other start_agent tlshd
check_that "alpn=strict, and a tlshd that names none" explained alpn-missing vers=4.2,xprtsec=tls other.lab.example:/ alpn=compatible
shows server
check_that "by default that does" mount -t nfs -o vers=4.2,xprtsec=tls other.lab.example:/ "$mounted"
umount "$mounted"
rm -f /run/rpctls-preflight/* # what went well speaks for ten seconds
other=$(on other cat "$lab_state/agent.pid")
on other kill -STOP "$other"
check_that "the server's agent does not get on" \
    explained handshake-timeout vers=4.2,xprtsec=tls other.lab.example:/ 'slow.*look at that agent on the server'
on other kill -CONT "$other"
check_that "an identity that is there" tlsctl identity add lab --cert "$pki/client.pem" --key "$pki/client.key"
kill -STOP "$lab_agent_pid"
check_that "this host's agent does not answer" explained agent-silent vers=4.2,xprtsec=tls other.lab.example:/ 'systemctl status rpctlsd'
kill -CONT "$lab_agent_pid"
check_that "when both do, the mount works" mount -t nfs -o vers=4.2,xprtsec=tls other.lab.example:/ "$mounted"
umount "$mounted"
on other stop_agent
on other stop_nfs_server
# A certificate that may agree on keys and not sign, which TLS 1.3 needs; OpenSSL shows it all the same.
openssl req -new -key "$pki/server.key" -subj /CN=nfs1 -addext "subjectAltName=DNS:$server" -addext keyUsage=critical,keyAgreement | sign ca agree
for mode in tls12 noise deaf wrong-program wrong-usage; do
    shown=server
    [[ $mode != wrong-usage ]] || shown=agree
    rm -f /tmp/odd.log # what the one before said
    python3 ./odd_server.py 2060 $mode "$pki/$shown.pem" "$pki/server.key" >/tmp/odd.log 2>&1 &
    odd=$!
    eventually 10 grep -q listening /tmp/odd.log
    case $mode in
    tls12) check_that "a server of TLS 1.2" explained tls-version vers=4.2,xprtsec=tls,port=2060 "$server:/" ;;
    noise) check_that "what listens is no RPC" explained probe-malformed vers=4.2,xprtsec=tls,port=2060 "$server:/" ;;
    deaf) check_that "what listens says nothing" explained probe-timeout vers=4.2,xprtsec=tls,port=2060 "$server:/" 'port' ;;
    wrong-usage) check_that "a certificate that may not sign" explained key-usage vers=4.2,xprtsec=tls,port=2060 "$server:/" ;;
    wrong-program) check_that "an RPC server without NFS" explained program-unavailable vers=4.2,xprtsec=tls,port=2060 "$server:/" ;;
    esac
    kill $odd
    wait $odd 2>/dev/null
done

note "this host"
cp -a /etc/rpctls/identities/lab /etc/rpctls/identities/torn
cp "$pki/server.pem" /etc/rpctls/identities/torn/cert.pem
check_that "an identity whose certificate is of another key" explained key-mismatch vers=4.2,xprtsec=mtls,tls_identity=torn "$server:/"
rm -r /etc/rpctls/identities/torn
cp -a /etc/rpctls/identities/lab /etc/rpctls/identities/open
chmod 0644 /etc/rpctls/identities/open/key.pem
check_that "an identity whose key everybody may read" explained file-exposed vers=4.2,xprtsec=mtls,tls_identity=open "$server:/" 'chmod'
rm -r /etc/rpctls/identities/open
issue_certificate "$pki" late --client --dns client.example --expired
cp -a /etc/rpctls/identities/lab /etc/rpctls/identities/late
cp "$pki/late.pem" /etc/rpctls/identities/late/cert.pem
cp "$pki/late.key" /etc/rpctls/identities/late/key.pem
check_that "an identity that has expired" explained client-certificate-expired vers=4.2,xprtsec=mtls,tls_identity=late "$server:/"
rm -r /etc/rpctls/identities/late

note "a key that the agent, unlike the mount's program, cannot read"
stop_agent
install -o daemon -m 0600 "$pki/client.key" /tmp/daemon.key
rpctls_conf "$pki" server "x509.certificate=$pki/client.pem" x509.private_key=/tmp/daemon.key >/etc/rpctls/rpctls.conf
confined() { start_agent setpriv --bounding-set=-dac_override,-dac_read_search rpctlsd --foreground; }
check_that "rpctlsd starts, bound by permissions" confined
check_that "a key file that is another user's" explained agent-cannot-read vers=4.2,xprtsec=mtls "$server:/" 'rpctlsd.service.*/tmp/daemon.key'
if ! grep -q ' \.nfs: ' /proc/keys; then
    chown -R daemon /etc/rpctls/identities/lab
    check_that "an identity that is another user's" \
        explained agent-cannot-read vers=4.2,xprtsec=mtls,tls_identity=lab "$server:/" 'identities/lab'
    chown -R root /etc/rpctls/identities/lab
fi
stop_agent
rm /etc/rpctls/rpctls.conf
configure_tlshd --truststore "$pki/ca.pem" --cert "$pki/server.pem" --key "$pki/server.key" \
    --client-cert "$pki/client.pem" --client-key /nowhere.key
check_that "tlshd starts" start_agent tlshd
check_that "a key that its settings name and that is not there" \
    explained file-missing vers=4.2,xprtsec=mtls "$server:/" '/nowhere.key'
stop_agent
rpctls_conf "$pki" server >/etc/rpctls/rpctls.conf
check_that "rpctlsd starts again" start_agent rpctlsd
export_to() { exportfs -ua && exportfs -o rw,no_subtree_check,fsid=0,insecure,no_root_squash,xprtsec=tls:mtls "$1:/srv/data"; }
export_to 192.0.2.0/24
check_that "an export to others, which the kernel cannot tell from one that wants other protection" \
    explained export-refuses-protection vers=4.2,xprtsec=tls "$server:/" 'clients it accepts'
stop_nfs_server
stop_agent
check_that "no agent" explained agent-absent vers=4.2,xprtsec=tls "$server:/" rpctlsd

note "the kernel's module tls cannot be loaded"
check_that "rpctlsd starts once more" start_agent rpctlsd
if grep -q '^tls ' /proc/modules && rmmod tls; then
    mount -t tmpfs none /lib/modules
    check_that "no kTLS" explained ktls-unavailable vers=4.2,xprtsec=tls "$server:/" 'CONFIG_TLS'
    umount /lib/modules
else
    note "tls is part of this kernel"
fi
stop_agent
lab_finish
