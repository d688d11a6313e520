#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# A root over NFS with mutual TLS from the small system of an early boot: Debian's mkinitramfs makes it with our hook, and in it,
# with nothing else of the host's files, Debian's boot script mounts the root by ours.
# shellcheck disable=SC2154 # lab_state: the lab's functions
set -uo pipefail

pki=/etc/pki
server=server.lab.example
hooks=/usr/share/rpctls/initramfs
issue_certificate "$pki" client --client --dns client.example
add_server server "$pki"
on server sh -c 'mkdir /srv/data/root; echo root >/srv/data/root/file'
check_that "the server is there" on server start_nfs_server xprtsec=mtls

mkdir -p /etc/rpctls/ca
rpctls_conf "$pki" >/etc/rpctls/rpctls.conf
echo secret >/etc/rpctls/ca/ca.key
tlsctl identity add lab --cert "$pki/client.pem" --key "$pki/client.key" >/dev/null

# --- the image, as rpctls-recipes(7) has it
mkdir -p /etc/initramfs-tools/hooks /etc/initramfs-tools/conf.d
ln -s "$hooks/hook" /etc/initramfs-tools/hooks/rpctls
printf 'UMASK=0077\nMODULES=list\nCOMPRESS=gzip\nCOMPRESSLEVEL=1\nRESUME=none\n' >/etc/initramfs-tools/conf.d/rpctls
image=/tmp/initrd.img
started=$SECONDS
check_that "mkinitramfs takes our hook" mkinitramfs -o "$image" "$(uname -r)"
note "the image: $(($(stat -c %s "$image") / 1024)) KiB after $((SECONDS - started)) s"
check_that "nobody else can read the image: it holds keys" test "$(stat -c %a "$image")" = 600
root=/tmp/early
mkdir "$root"
mount -t tmpfs early "$root"
check_that "it is unpacked" unmkinitramfs "$image" "$root"
[[ ! -d $root/main ]] || root=$root/main # behind a processor's microcode
check_that "the identity is in it" diff -r /etc/rpctls/identities "$root/etc/rpctls/identities"
check_that "a CA's key is not" fails grep -rq secret "$root/etc/rpctls"
check_that "modules are in it: tls, nfsv4" \
    test "$(find "$root/usr/lib/modules" -name tls.ko\* -o -name nfsv4.ko\* | wc -l)" = 2

# --- the boot, up to the root
cat >"$root/boot-part" <<'PART'
# As /init does it; the network is there, and there are no devices to wait for.
. /scripts/functions
. /scripts/local
. /scripts/nfs
. /scripts/nfstls
configure_networking() { :; }
wait_for_udev() { :; }
mountroot
exec cat "$rootmnt/file" /proc/mounts
PART
# boot_part NFSROOT: in the image, with mounts and processes of its own.
boot_part() {
    unshare --mount --pid --fork --kill-child --propagation private sh -euc '
        cd "$1"
        mkdir -p proc sys dev run root
        mount -t proc proc proc
        mount -t sysfs sysfs sys
        mount -t devtmpfs dev dev
        mount -t tmpfs run run
        exec env -i PATH=/sbin:/usr/sbin:/bin:/usr/bin quiet=n readonly=n rootmnt=/root ROOTDELAY=1 BOOT=nfstls \
            NFSROOT="$2" NFSOPTS= chroot . /bin/sh /boot-part' - "$root" "$1"
}
run_cmd boot_part "$server:/root,xprtsec=mtls,tls_identity=lab"
check_that "the root is mounted and can be read" prints '^root$' echo "$output"
check_that "  with mutual TLS" prints "^$server:/root /root nfs4 .*xprtsec=mtls" echo "$output"
check_that "the server was shown the identity" prints 'as server: .*peer "CN=client"' on server agent_log

run_cmd boot_part "$server:/root,xprtsec=mtls,tls_identity=nobody"
check_that "what fails is explained on the console" prints '^mount\.nfs.*: .*nobody' echo "$output"
check_that "  and is no root" fails prints '^root$' echo "$output"
lab_finish
