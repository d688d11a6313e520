#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# Which identity a mount proves: by serial number where the kernel passes one, by server where it does not, two at once;
# and identities that are no good, each refused with its cause.
# shellcheck disable=SC2154  # lab_agent_pid: the lab's functions
set -uo pipefail

pki=/tmp/pki
mkdir -p /mnt/north /mnt/south /etc/rpctls

# serve_at NAME: a machine with an nfsd, for clients that prove an identity, and an agent whose log is the witness.
serve_at() {
    add_host "$1" || return
    issue_certificate "$pki" "$1" --server --dns "$1.lab.example" --ip "$(host_address "$1")"
    printf '%s\n' '[authenticate.server]' "x509.truststore=$pki/ca.pem" "x509.certificate=$pki/$1.pem" \
        "x509.private_key=$pki/$1.key" >"/tmp/$1.conf"
    on "$1" install -m 600 "/tmp/$1.conf" /etc/rpctls/rpctls.conf
    on "$1" start_agent rpctlsd && on "$1" start_nfs_server xprtsec=mtls
}
# seen SERVER: whom its agent has seen since forget_seen.
seen() { on "$1" agent_log | tail -n "+$((1 + $(cat "/tmp/$1.seen" 2>/dev/null || echo 0)))" | grep -o 'mode=mutual-x509.*peer "[^"]*"' | grep -o 'CN=[a-z]*' | sort -u; }
forget_seen() { for server in north south; do on "$server" agent_log | wc -l >"/tmp/$server.seen"; done; }
saw() { seen "$1"; test "$(seen "$1")" = "CN=$2"; }
# both_at_once OPTIONS-FOR-NORTH OPTIONS-FOR-SOUTH
both_at_once() {
    mount -t nfs -o "vers=4.2,nconnect=4,$1" north.lab.example:/ /mnt/north &
    mount -t nfs -o "vers=4.2,nconnect=4,$2" south.lab.example:/ /mnt/south && wait $! &&
        head -c 100000 /dev/urandom | tee /mnt/north/data | dd bs=9999 of=/mnt/south/data oflag=sync status=none &&
        cmp /mnt/north/data /mnt/south/data
}
leave() { umount /mnt/north /mnt/south; }
# refused TITLE CAUSE COMMAND…: it fails, and the agent says why.
refused() {
    check_that "$1: refused" fails "${@:3}"
    check_that "$1: by its cause" test "$(agent_cause north.lab.example)" = "$2"
}
mounts_north() { timeout 20 mount -t nfs -o "vers=4.2,soft,retry=0,$1" north.lab.example:/ /mnt/north; }

for name in blue red; do issue_certificate "$pki" "$name" --client --cn "$name" --dns "$name.lab.example"; done
issue_certificate "$pki" old --client --cn old --expired
printf '%s\n' '[authenticate.client]' "x509.truststore=$pki/ca.pem" >/etc/rpctls/rpctls.conf
check_that "one server is up" serve_at north
check_that "another one is up" serve_at south
check_that "the agent starts, without an identity of its own" start_agent rpctlsd
for name in blue red; do
    check_that "the identity $name is added" tlsctl identity add "$name" --cert "$pki/$name.pem" --key "$pki/$name.key"
done
at_rest() { agent_settled "$settled"; }

note "by server, on every kernel"
use() { ask_agent "{\"op\":\"use-identity\",\"server\":\"$1.lab.example\",\"identity\":\"$2\",\"replace\":true}" | jq -e .ok; }
refused "no identity for this server" identity-missing mounts_north xprtsec=mtls
pairs=("blue red" "red blue")
[[ $LAB_BACKEND != qemu ]] || pairs=("blue red") # emulated, a mount takes its time
for pair in "${pairs[@]}"; do
    read -r first second <<<"$pair"
    forget_seen
    check_that "$first is registered for one" use north "$first"
    check_that "$second is registered for the other" use south "$second"
    check_that "both are mounted at once" both_at_once xprtsec=mtls xprtsec=mtls
    check_that "one sees $first alone" saw north "$first"
    check_that "the other sees $second alone" saw south "$second"
    leave
done
settled=$(agent_descriptors)
mkdir -p /etc/rpctls/identities/torn
install -m 600 "$pki/blue.pem" /etc/rpctls/identities/torn/cert.pem
install -m 600 "$pki/red.key" /etc/rpctls/identities/torn/key.pem
check_that "a certificate with another's key is refused when it is registered" \
    prints '"key-mismatch"' ask_agent '{"op":"use-identity","server":"north.lab.example","identity":"torn","replace":true}'
check_that "one that nobody has stored is, too" \
    prints '"identity-unknown"' ask_agent '{"op":"use-identity","server":"north.lab.example","identity":"none","replace":true}'
forget_seen
check_that "and what was registered before still stands" mounts_north xprtsec=mtls
check_that "as the server sees" saw north "$first"
umount /mnt/north

note "by the mount helper"
forget_seen
helper() { mount -t nfstls -o "vers=4.2,tls_identity=$2" "$1.lab.example:/" "/mnt/$1"; }
check_that "blue is mounted from one" helper north blue
check_that "red is mounted from the other" helper south red
check_that "one sees blue alone" saw north blue
check_that "the other sees red alone" saw south red
if kernel_at_least 7.0; then
    mkdir -p /mnt/also
    check_that "on this kernel red goes to the first beside blue" mount -t nfstls -o vers=4.2,tls_identity=red north.lab.example:/ /mnt/also
    check_that "the first has seen both" test "$(seen north | tr '\n' ' ')" = 'CN=blue CN=red '
    umount /mnt/also
fi
leave

if kernel_at_least 7.0; then
    note "by serial numbers"
    serials() { tlsctl identity show "$1" --mount-options; }
    serial() { serials "$1" | grep -o "$2=[0-9]*" | grep -o '[0-9]*'; }
    forget_seen
    check_that "both are mounted at once" both_at_once "$(serials blue)" "$(serials red)"
    check_that "one sees blue alone" saw north blue
    check_that "the other sees red alone" saw south red
    leave
    refused "blue's certificate with red's key" key-mismatch \
        mounts_north "xprtsec=mtls,cert_serial=$(serial blue cert_serial),privkey_serial=$(serial red privkey_serial)"

    # Only who possesses the keyring may change its keys.
    keyring=$((0x$(awk '$8 == "keyring" && $9 == ".nfs:" { print $1 }' /proc/keys)))
    possessing() { keyctl session - sh -c "keyctl link $keyring @s && $1" 2>/dev/null; }
    publish() { possessing "keyctl padd user nfs:x509:$1:$2 $keyring"; }
    certificate=$(openssl x509 -in "$pki/old.pem" -outform DER | publish old cert)
    private_key=$(openssl pkcs8 -topk8 -nocrypt -in "$pki/old.key" -outform DER | publish old privkey)
    check_that "an expired certificate: refused" \
        fails mounts_north "xprtsec=mtls,cert_serial=$certificate,privkey_serial=$private_key"
    # The client believes to be done before the server has looked; only sometimes does it hear the verdict in time.
    note "the client's agent: $(agent_cause north.lab.example)"
    check_that "an expired certificate: the server's agent names the cause" on north grep -q expired /run/lab/agent.log

    # The kernel itself looks at the keys of a new mount. A mount that is there already meets the agent.
    mounts_north "xprtsec=mtls,timeo=20,retrans=1,cert_serial=$(serial blue cert_serial),privkey_serial=$(serial blue privkey_serial)"
    reconnects() { on north restart_nfsd && timeout 20 mkdir "/mnt/north/$RANDOM$RANDOM"; }
    check_that "blue reconnects" reconnects
    possessing "keyctl timeout $(serial blue privkey_serial) 1"
    sleep 2
    refused "an expired key" key-expired reconnects
    umount -f -l /mnt/north
    check_that "a new mount with it: refused" fails mounts_north "$(serials blue)"
    mounts_north "xprtsec=mtls,timeo=20,retrans=1,$(serials red | sed 's/^[^,]*,//')"
    check_that "red reconnects" reconnects
    possessing "keyctl revoke $(serial red privkey_serial)"
    refused "a revoked key" key-revoked reconnects
    umount -f -l /mnt/north
    check_that "a new mount with it: refused" fails mounts_north "$(serials red)"
else
    note "expired and mismatching, by server"
    mkdir -p /etc/rpctls/identities/old
    install -m 600 "$pki/old.pem" /etc/rpctls/identities/old/cert.pem
    install -m 600 "$pki/old.key" /etc/rpctls/identities/old/key.pem
    use north old >/dev/null
    check_that "an expired certificate: refused" fails mounts_north xprtsec=mtls
    check_that "an expired certificate: the server's agent names the cause" on north grep -q expired /run/lab/agent.log
fi
use north red >/dev/null
check_that "a good identity is mounted as before" mounts_north xprtsec=mtls
umount /mnt/north
check_that "the agent is at rest" eventually 10 at_rest
check_that "it ends when asked" stop_agent
lab_finish
