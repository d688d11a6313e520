#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# lab-boots: 2
# A host is set up once, and after a boot its mount is back with its identity: from fstab, the store and the units alone.
# The first boot sets up and leaves /etc and /var/lib/rpctls in $LAB_OUT, as a disk would; the second is another kernel
# with these, and a real systemd as process 1 of its namespaces orders what happens.
# usage: tests/lab/run --out DIR reboot.sh 1, then the same with 2
# shellcheck disable=SC2154 # lab_state: the lab's functions
set -uo pipefail
disk=${LAB_OUT:?a folder that both boots see: run --out}
boot=${1:?which boot, 1 or 2}
mounted=/mnt/nfs
on_keyring() { grep -q ' keyring *\.nfs:' /proc/keys; }

# The server is another machine that does not reboot: what it has comes from the first boot's CA.
start_server() {
    add_host server || return
    mkdir -p /tmp/server
    cp /etc/rpctls/ca/ca.pem /etc/rpctls/certs/server.{pem,key} /tmp/server/
    cat >/tmp/server/rpctls.conf <<CONF
[authenticate.server]
x509.truststore=/tmp/server/ca.pem
x509.certificate=/tmp/server/server.pem
x509.private_key=/tmp/server/server.key
CONF
    on server cp /tmp/server/rpctls.conf /etc/rpctls/ && on server start_agent rpctlsd &&
        on server start_nfs_server xprtsec=mtls && on server sh -c "echo 'boot $boot' >/srv/data/file"
}
proven() { on server agent_log | grep 'as server: .*peer "CN=client"'; }

if [[ $boot = 1 ]]; then
    tlsctl ca init --name 'Reboot CA' >/dev/null
    tlsctl cert issue server --profile server --dns server.lab.example >/dev/null
    tlsctl cert issue client --profile client --dns client.example >/dev/null
    check_that "the server, another machine, is there" start_server
    for name in lab spare; do
        check_that "an identity is added: $name" \
            tlsctl identity add "$name" --cert /etc/rpctls/certs/client.pem --key /etc/rpctls/certs/client.key
    done
    printf '[authenticate.client]\nx509.truststore=/etc/rpctls/ca/ca.pem\n' >/etc/rpctls/rpctls.conf
    mkdir -p "$mounted"
    echo "server.lab.example:/ $mounted nfs vers=4.2,xprtsec=mtls,tls_identity=lab 0 0" >>/etc/fstab
    rpctls-takeover enable
    check_that "the agent starts" start_agent rpctlsd
    check_that "fstab's line mounts it" mount "$mounted"
    check_that "with the identity" proven
    umount "$mounted"
    stop_agent
    # As an administrator does it; and what such a small machine has no use for stays away.
    check_that "the units are enabled" systemctl --root=/ enable rpctlsd.service rpctls-identities.service
    systemctl --root=/ mask tlshd.service nfs-server.service nfs-blkmap.service nfs-idmapd.service nfsdcld.service \
        rpcbind.service rpcbind.socket rpc-statd.service rpc-statd-notify.service console-getty.service \
        getty-static.service getty@.service nvmf-autoconnect.service nvmefc-boot-connections.service \
        ldconfig.service systemd-binfmt.service systemd-journal-catalog-update.service uuidd.socket 2>/dev/null
    # The package's own work on /usr is no part of what is kept; the second boot does it again.
    check_that "what a disk keeps is kept" tar -C / -cpf "$disk/disk.tar" etc var/lib/rpctls
    lab_finish
fi

# --- the second boot
tar -C / -xpf "$disk/disk.tar" && rm "$disk/disk.tar"
mkdir -p "$mounted"
rpctls-takeover enable
check_that "no key of an identity has outlived the first boot" fails grep -q nfs:x509 /proc/keys
check_that "the server is there" start_server

cat >/tmp/process-1 <<'START'
mount -t tmpfs run /run -o mode=755
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec env -i container=lab TERM=dumb PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --system --log-target=console
START
unshare --mount --pid --uts --ipc --cgroup --fork --mount-proc --propagation private \
    bash /tmp/process-1 </dev/null >/tmp/console 2>&1 &
above=$!
inside() { nsenter -t "$(pgrep -P "$above")" -m -p -u -i -C "$@"; }
# Done for better or worse: no job is left.
booted() { inside systemctl is-system-running | grep -Eqx 'running|degraded'; }
check_that "systemd boots" eventually 90 booted
note "$(inside systemctl is-system-running); failed: $(inside systemctl --failed --no-legend --plain | awk '{ print $1 }' | paste -sd' ')"

property() { inside systemctl show --value -p "$2" "$1"; }
check_that "the mount of fstab is back" inside mountpoint -q "$mounted"
check_that "with mutual TLS" prints xprtsec=mtls inside grep " $mounted " /proc/mounts
check_that "and the server's data" prints '^boot 2$' inside cat "$mounted/file"
check_that "the server was shown the identity" proven
check_that "the list says which mount proves it" prints "^lab .*  $mounted\$" inside tlsctl identity list
for unit in rpctlsd.service rpctls-identities.service remote-fs.target; do
    check_that "$unit is active" test "$(property "$unit" ActiveState)" = active
done
check_that "the agent was there before anything was mounted" \
    test "$(property rpctlsd.service ActiveEnterTimestampMonotonic)" -le "$(property mnt-nfs.mount InactiveExitTimestampMonotonic)"
check_that "the identities were there before anything was mounted" \
    test "$(property rpctls-identities.service ActiveEnterTimestampMonotonic)" -le \
    "$(property mnt-nfs.mount InactiveExitTimestampMonotonic)"
journal() { inside journalctl -o cat -u rpctls-identities.service; }
if on_keyring; then
    check_that "the unit put all identities on the keyring" prints 'On the .nfs keyring: 2 added' journal
    check_that "also the one that no mount uses" grep -q nfs:x509:spare:privkey /proc/keys
    check_that "and the mount left them as they were" \
        prints ' 0 added, 0 updated, 2 unchanged' inside tlsctl identity restore
else
    check_that "the unit says that this kernel has no keyring to restore to" prints 'Nothing to restore: ' journal
fi
check_that "what the server has shown is known from before the boot" \
    prints '^server\.lab\.example ' inside tlsctl known list
check_that "the identity is not removed under the mount" \
    prints "mounted with it $mounted" inside tlsctl identity remove lab
inside umount "$mounted"
[[ ! -s $lab_state/failed ]] || sed 's/^/# /' /tmp/console | tail -n 60
lab_finish
