#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# The mount helper at its work: take-over of mount.nfs, mounts without TLS untouched, tls and mtls with an identity, each
# with the project's agent and with the distribution's.
set -uo pipefail
note "kernel $(uname -r), $(dpkg-query -W -f '${Package} ${Version}  ' nfs-common ktls-utils 2>/dev/null)"

pki=/run/pki
mounted=/mnt/nfs
server=nfs1.lab.example
mkdir -p "$mounted" /etc/rpctls
issue_credentials "$pki"

# --- the take-over
original=$(sha256sum </usr/sbin/mount.nfs)
check_that "status says that mount.nfs is nfs-utils'" fails rpctls-takeover status
check_that "the take-over is enabled" rpctls-takeover enable
check_that "enabling it again changes nothing" rpctls-takeover enable
check_that "status says that mount.nfs is ours" rpctls-takeover status
check_that "nfs-utils' own program is kept beside it, setuid" test -u /usr/sbin/mount.nfs.nfs-utils
check_that "undoing the take-over succeeds" rpctls-takeover disable
check_that "nfs-utils' own program is back, as it was" test "$(sha256sum </usr/sbin/mount.nfs)" = "$original"
check_that "it is setuid as before" test -u /usr/sbin/mount.nfs
check_that "undoing it again changes nothing" rpctls-takeover disable
check_that "no diversion is left" fails grep -q nfs-utils /var/lib/dpkg/diversions
rpctls-takeover enable

# --- mounts that ask for no TLS
# A stand-in for nfs-utils' program shows what it is given.
words_of() {
    mount --bind /run/lab/stand-in /usr/sbin/mount.nfs.nfs-utils
    "$@"
    umount /usr/sbin/mount.nfs.nfs-utils
}
printf '#!/bin/sh\nprintf "%%s|" "$@"\n' >/run/lab/stand-in
chmod 755 /run/lab/stand-in
check_that "words without TLS reach nfs-utils' program as they came" \
    prints '^a b:/c\|/d\|-sv\|-o\|x,,y="1,2",bg\|--odd\|$' \
    words_of /usr/sbin/mount.nfs 'a b:/c' /d -sv -o 'x,,y="1,2",bg' --odd
check_that "those of umount.nfs do too" prints '^/d\|-f\|-l\|$' words_of /usr/sbin/umount.nfs /d -f -l
# Until the second execve it is our program that runs.
strace -o /tmp/handed-on -e trace=execve,openat,connect,socket mount.nfs a:/ /mnt -o xprtsec=none >/dev/null 2>&1
check_that "a mount without TLS is handed on" test "$(grep -c '^execve.* = 0$' /tmp/handed-on)" = 2
check_that "nothing but what this host demands is read or asked before that" \
    fails sh -c 'awk "/^execve/ && ++n == 2 { exit } { print }" /tmp/handed-on |
                 grep -vF "\"/etc/rpctls/rpctls.conf\"" | grep -E "rpctls\.|tlshd|/proc/|socket\("'

start_nfs_server xprtsec=none:tls:mtls
check_that "a plain mount works through the take-over" mount -t nfs -o vers=4.2 "$server:/" "$mounted"
check_that "it has no TLS" fails grep -q xprtsec= /proc/self/mountinfo
check_that "umount works through the take-over" umount "$mounted"
check_that "a plain mount of type nfs4 works, too" mount -t nfs4 "$server:/" "$mounted"
umount "$mounted"

# --- with an agent
# shellcheck disable=SC2086  # words of options
tls_mount() {
    check_that "$1" mount -t "${type:-nfs}" -o "$2" "${host:-$server}:${path:-/}" "$mounted"
    check_that "  the kernel confirms $3" mounted_with "$mounted" "$3"
    check_that "  data arrives" sh -c "echo $RANDOM > $mounted/file && cmp $mounted/file /srv/data/file"
    check_that "  umount succeeds" umount "$mounted"
}

# The lab's server speaks version 4 alone unless told.
serve_version_3() {
    rpcbind
    killall -q -w rpc.mountd
    rpc.mountd
    rpc.nfsd 0
    rpc.nfsd -V 3 4
    echo Y >/proc/fs/nfsd/v4_end_grace 2>/dev/null
}

configuration() {
    printf '[authenticate.client]\nx509.truststore=%s\n' "$pki/ca.pem"
    (($# == 0)) || printf '%s\n' "$@"
    printf '[authenticate.server]\nx509.truststore=%s\nx509.certificate=%s\nx509.private_key=%s\n' \
        "$pki/ca.pem" "$pki/server.pem" "$pki/server.key"
}

# last_client SUBJECT: whom the server's side saw last.
last_client() {
    agent_log | grep 'as server: mode=mutual-x509' | tail -n 1 | tee /dev/stderr | grep -q "peer \"$1\""
}

add_identity() {
    mkdir -p "/etc/rpctls/identities/$1"
    chmod 0700 /etc/rpctls/identities "/etc/rpctls/identities/$1"
    install -m 0600 "$pki/$2.pem" "/etc/rpctls/identities/$1/cert.pem"
    install -m 0600 "$pki/$2.key" "/etc/rpctls/identities/$1/key.pem"
}
issue_certificate "$pki" other --client --dns other.example
add_identity lab client
add_identity second other

if command -v rpctlsd >/dev/null; then
    configuration >/etc/rpctls/rpctls.conf
    check_that "rpctlsd starts" start_agent rpctlsd
    tls_mount "tls with rpctlsd" vers=4.2,xprtsec=tls xprtsec=tls
    host=127.0.0.1 tls_mount "tls by address" vers=4.2,xprtsec=tls xprtsec=tls
    type=nfs4 tls_mount "tls with the type nfs4" xprtsec=tls xprtsec=tls
    type=nfstls tls_mount "the type nfstls means tls" vers=4.2 xprtsec=tls
    check_that "NFSv3 on a server without it is explained" \
        prints 'version 3; versions there 4 to 4' mount -t nfs -o vers=3,nolock,xprtsec=tls "$server:/" "$mounted"
    serve_version_3
    path=/srv/data tls_mount "tls with NFSv3" vers=3,nolock,xprtsec=tls xprtsec=tls
    export_with xprtsec=mtls
    tls_mount "mtls with an identity" vers=4.2,xprtsec=mtls,tls_identity=lab xprtsec=mtls
    type=nfstls tls_mount "the type nfstls with an identity means mtls" vers=4.2,tls_identity=lab xprtsec=mtls
    if grep -q ' \.nfs: ' /proc/keys; then
        check_that "the identity's keys are on the keyring .nfs" grep -q 'nfs:x509:lab:cert' /proc/keys
        mount -t nfs -o xprtsec=mtls,tls_identity=lab "$server:/" "$mounted"
        mkdir -p /mnt/second
        check_that "another identity has its own mount beside the first" \
            mount -t nfs -o xprtsec=mtls,tls_identity=second "$server:/" /mnt/second
        umount "$mounted" /mnt/second
    else
        mount -t nfs -o xprtsec=mtls,tls_identity=lab "$server:/" "$mounted"
        mkdir -p /mnt/second
        check_that "another identity beside the first is refused" \
            prints 'another identity serves mounts' mount -t nfs -o xprtsec=mtls,tls_identity=second "$server:/" /mnt/second
        check_that "another name for the same connection is refused" \
            prints 'by another name' mount -t nfs -o xprtsec=mtls,tls_identity=second localhost:/ /mnt/second
        check_that "the same identity is not" mount -t nfs -o xprtsec=mtls,tls_identity=lab "$server:/" /mnt/second
        umount "$mounted" /mnt/second
        tls_mount "when the first is gone, the other identity is taken" xprtsec=mtls,tls_identity=second xprtsec=mtls
    fi
    export_with xprtsec=none:tls:mtls
    check_that "a dry run shows the preflight and mounts nothing" \
        prints 'handshake +[0-9.]+ ms' mount.nfs "$server:/" "$mounted" -f -v -o xprtsec=tls
    check_that "  nothing is mounted" fails mountpoint -q "$mounted"
    steps() { mount.nfs --json "$server:/" "$mounted" -v -o xprtsec=tls,vers=4.2 | grep '^{' | jq -se "$1"; }
    check_that "for machines it is lines of JSON, and the mount has its time" \
        steps '(.[0].steps | map(.name) | index("handshake")) and .[0].session.version == "TLS 1.3" and any(.[]; .step == "mount" and .ms > 0)'
    umount "$mounted"
    mount -t nfs -o xprtsec=tls "$server:/" "$mounted"
    check_that "a remount keeps the transport" mount -o remount,ro "$mounted"
    check_that "a remount cannot change it" \
        prints 'remount cannot change' mount.nfs "$server:/" "$mounted" -o remount,xprtsec=mtls
    umount "$mounted"

    # nfs-utils' program at fault: it reports success for a mount without TLS.
    cp -p /usr/sbin/mount.nfs.nfs-utils /run/lab/mount.nfs
    # shellcheck disable=SC2016  # the stand-in's own
    printf '#!/bin/sh\nexec /run/lab/mount.nfs "$1" "$2" -o vers=4.2\n' >/run/lab/stand-in
    check_that "a mount that came out without TLS is noticed" \
        prints 'expected xprtsec=tls; seen xprtsec=none' words_of mount -t nfs -o xprtsec=tls "$server:/" "$mounted"
    check_that "  and taken away again" fails mountpoint -q "$mounted"

    check_that "an ordinary user cannot mount with an identity" \
        prints 'only root can mount with an identity' setpriv --reuid=65534 --clear-groups \
        mount.nfs "$server:/" "$mounted" -o xprtsec=mtls,tls_identity=lab
    check_that "  without one, nfs-utils decides" \
        prints 'fstab' setpriv --reuid=65534 --clear-groups mount.nfs "$server:/" "$mounted" -o xprtsec=tls
    check_that "with bg, a server that cannot be reached is left to nfs-utils, in the background" \
        mount -t nfs -o bg,retry=1,xprtsec=tls,port=2050 "$server:/" "$mounted"
    pkill -f port=2050 || true

    configuration identity=lab >/etc/rpctls/rpctls.conf
    stop_agent
    start_agent rpctlsd
    tls_mount "mtls with the configuration's identity" xprtsec=mtls xprtsec=mtls
    tls_mount "mtls with another identity" xprtsec=mtls,tls_identity=second xprtsec=mtls
    check_that "  which the server saw" last_client "CN=other"
    configuration "x509.certificate=$pki/client.pem" "x509.private_key=$pki/client.key" >/etc/rpctls/rpctls.conf
    stop_agent
    start_agent rpctlsd
    tls_mount "mtls with the configuration's files" xprtsec=mtls xprtsec=mtls
    check_that "  and not with what an earlier mount proved" last_client "CN=client"
    check_that "rpctlsd ends when asked" stop_agent
else
    check_that "rpctlsd is in the stage" false
fi

# --- the distribution's agent
rm -f /etc/rpctls/rpctls.conf
configure_tlshd --truststore "$pki/ca.pem" --cert "$pki/server.pem" --key "$pki/server.key" \
    --client-cert "$pki/client.pem" --client-key "$pki/client.key"
check_that "tlshd starts" start_agent tlshd
tls_mount "tls with tlshd" vers=4.2,xprtsec=tls xprtsec=tls
tls_mount "mtls with tlshd and the certificate in its configuration" vers=4.2,xprtsec=mtls xprtsec=mtls
if ! grep -q ' \.nfs: ' /proc/keys; then
    check_that "an identity that tlshd cannot be told of is refused" \
        prints 'agent cannot be told' mount -t nfs -o xprtsec=mtls,tls_identity=lab "$server:/" "$mounted"
    check_that "  nothing is mounted" fails mountpoint -q "$mounted"
fi
check_that "tlshd ends when asked" stop_agent
stop_nfs_server
lab_finish
