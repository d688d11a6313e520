#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# A container that mounts for others on its host's network, as a storage driver of Kubernetes does: the agent is the host's, and
# the container has the helper and two folders of the host. What it says when one of them is missing.
# shellcheck disable=SC2154 # lab_state: the lab's functions
set -uo pipefail

pki=/etc/pki
server=server.lab.example
issue_certificate "$pki" client --client --dns client.example
add_server server "$pki"
on server sh -c 'echo data >/srv/data/file'
check_that "the server is there" on server start_nfs_server xprtsec=mtls

# --- the node: what is named in its settings has to be where the container sees it, so it is in /etc/rpctls
mkdir -p /etc/rpctls
cp "$pki/ca.pem" /etc/rpctls/ca.pem
rpctls_conf /etc/rpctls >/etc/rpctls/rpctls.conf
tlsctl identity add lab --cert "$pki/client.pem" --key "$pki/client.key" >/dev/null
check_that "the node's agent starts" start_agent rpctlsd
rpctls-takeover enable

# --- the container: an image with the helper in it, mounts and processes of its own, and nothing else of the node
# in_container FOLDERS COMMAND...: these of the node's folders are in it.
in_container() {
    unshare --mount --pid --fork --kill-child --propagation private bash -euc '
        folders=$1
        shift
        mkdir -p /tmp/container
        mount -t tmpfs container /tmp/container
        root=/tmp/container/root
        mkdir -p "$root"/{usr,etc,proc,sys,dev,run,tmp,var/lib,target}
        mount --bind /usr "$root/usr"
        ln -s usr/bin usr/sbin usr/lib usr/lib64 "$root/"
        cp /etc/{hosts,nsswitch.conf,netconfig,passwd,ld.so.cache} "$root/etc/"
        mount -t proc proc "$root/proc"
        mount --rbind /sys "$root/sys"
        mount --rbind /dev "$root/dev"
        for folder in $folders; do
            mkdir -p "$root$folder"
            mount --bind "$folder" "$root$folder"
        done
        exec chroot "$root" "$@"' - "$@"
}
both='/etc/rpctls /run/rpctls'
options=xprtsec=mtls,tls_identity=lab
# Where the driver mounts is a folder that the node sees, too; here it is looked at from within.
mount_and_read() {
    in_container "$1" sh -c "mount -t nfs -o $2 $server:/ /target && cat /target/file && grep ' /target ' /proc/mounts"
}
check_that "nothing of the node's is in the container" fails in_container '' test -e /etc/rpctls
check_that "with both folders it mounts with mutual TLS" prints '/target nfs4 .*xprtsec=mtls' mount_and_read "$both" "$options"
check_that "  and reads" prints '^data$' mount_and_read "$both" "$options"
check_that "the server was shown the identity" prints 'as server: .*peer "CN=client"' on server agent_log
check_that "without the node's settings nothing is mounted" \
    prints 'mount\.nfs: .*(no identity is named lab|not issued by a trusted CA)' mount_and_read /run/rpctls "$options"
# Kernels that name keys by serials hand them to the agent themselves.
if grep -q ' keyring *\.nfs:' /proc/keys; then
    check_that "without the agent's folder it does here" prints '^data$' mount_and_read /etc/rpctls "$options"
else
    check_that "without the agent's folder it says that the agent cannot be told" \
        prints 'mount\.nfs: .*the agent cannot be told' mount_and_read /etc/rpctls "$options"
fi
lab_finish
