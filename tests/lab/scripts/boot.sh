#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml
# lab-alone: fifty programs of each kind begin at once on one CPU, and a preflight has seven seconds
# Fifty entries of fstab at a boot under systemd, with the installed units and no edit of any: all stand, with one preflight;
# where the server is absent the boot goes on, and each unit's log has the reason. With nofail and x-systemd.automount.
# shellcheck disable=SC2154 # lab_state: the lab's functions
set -uo pipefail

pki=/etc/pki
server=server.lab.example
count=50
on_keyring() { grep -q ' keyring *\.nfs:' /proc/keys; }

# --- the server, another machine
issue_certificate "$pki" client --client --dns client.example
add_server server "$pki"
on server sh -c "mkdir $(seq -s' ' -f '/srv/data/%g' "$count") /srv/data/nofail /srv/data/auto"
check_that "the server is there" on server start_nfs_server xprtsec=mtls
# Another machine would have a CPU of its own, which fifty starting programs do not take away: here it goes first.
for process in $(pgrep -x nfsd) $(pgrep -x rpctlsd); do chrt --all-tasks --fifo --pid 1 "$process"; done
# Of preflights and of the kernel's own connections.
handshakes() { on server agent_log | grep -c 'as server: .*peer "CN=client"'; }

# --- this host, as an administrator leaves it
mkdir -p /etc/rpctls
printf '[authenticate.client]\nx509.truststore=%s\n' "$pki/ca.pem" >/etc/rpctls/rpctls.conf
tlsctl identity add lab --cert "$pki/client.pem" --key "$pki/client.key" >/dev/null
rpctls-takeover enable
options=xprtsec=mtls,tls_identity=lab,_netdev
for ((i = 1; i <= count; i++)); do echo "$server:/$i /mnt/$i nfs $options 0 0"; done >/etc/fstab
cat >>/etc/fstab <<FSTAB
$server:/nofail /mnt/nofail nfs $options,nofail 0 0
$server:/auto /mnt/auto nfs $options,noauto,x-systemd.automount 0 0
FSTAB
check_that "the units are enabled" systemctl --root=/ enable rpctlsd.service rpctls-identities.service
# What such a small machine has no use for stays away.
systemctl --root=/ mask tlshd.service nfs-server.service nfs-blkmap.service nfs-idmapd.service nfsdcld.service \
    rpcbind.service rpcbind.socket rpc-statd.service rpc-statd-notify.service console-getty.service \
    getty-static.service getty@.service nvmf-autoconnect.service nvmefc-boot-connections.service autofs.service \
    ldconfig.service systemd-binfmt.service systemd-journal-catalog-update.service uuidd.socket \
    systemd-udevd.service systemd-udev-trigger.service 2>/dev/null
# This machine's own boot is not the kernel's: what a boot finds on the keyring is nothing.
empty_keyring() {
    local serial
    while read -r serial; do keyctl unlink "$((16#$serial))" "$((16#$keyring))"; done \
        < <(awk '/ user +nfs:x509:/ { print $1 }' /proc/keys)
    ! grep -q nfs:x509: /proc/keys
}
keyring=$(awk '/ keyring +\.nfs:/ { print $1; exit }' /proc/keys)
modprobe autofs4

# --- a systemd as process 1 of its namespaces
cat >/tmp/process-1 <<'START'
mount -t tmpfs run /run -o mode=755
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec env -i container=lab TERM=dumb PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --system --log-target=console
START
start_systemd() {
    unshare --mount --pid --uts --ipc --cgroup --fork --mount-proc --propagation private \
        bash /tmp/process-1 </dev/null >/tmp/console 2>&1 &
    above=$!
    started=$SECONDS
    eventually 10 pgrep -P "$above" >/dev/null
    process_1=$(pgrep -P "$above")
}
inside() { nsenter -t "$process_1" -m -p -u -i -C "$@"; }
# Done for better or worse: no job is left.
booted() {
    eventually 30 inside test -S /run/systemd/private || return
    state=$(inside timeout 100 systemctl is-system-running --wait)
    [[ $state = running || $state = degraded ]]
}
power_off() {
    inside systemctl poweroff
    eventually 30 fails kill -0 "$above" 2>/dev/null
}
# look_at_units: takes down once what systemd says of all of them, in shown[UNIT PROPERTY].
declare -A shown
look_at_units() {
    local line field unit='' lines=() all
    # shellcheck disable=SC2046 # one word a unit
    inside systemctl show -p Id -p ActiveState -p After -p Before -p Wants -p InactiveExitTimestampMonotonic \
        -p ActiveEnterTimestampMonotonic rpctlsd.service rpctls-identities.service remote-fs.target multi-user.target \
        $(seq -f 'mnt-%g.mount' "$count") mnt-nofail.mount mnt-auto.mount >/tmp/units
    shown=()
    mapfile -t all </tmp/units
    for line in "${all[@]}" ''; do
        lines+=("$line")
        [[ $line != Id=* ]] || unit=${line#Id=}
        [[ -z $line ]] || continue
        for field in "${lines[@]}"; do shown["$unit ${field%%=*}"]=${field#*=}; done
        lines=()
    done
}
is_state() { test "${shown[$1 ActiveState]}" = "$2"; }
ordered() { [[ " ${shown[$1 $2]} " = *" $3 "* ]]; }
# not_before UNIT OTHER: it began when the other had done so.
not_before() { ((${shown[$1 InactiveExitTimestampMonotonic]} >= ${shown[$2 ActiveEnterTimestampMonotonic]})); }
has_state() { test "$(inside systemctl show --value -p ActiveState "$1")" = "$2"; }
stand() { inside grep -c " /mnt/[0-9]* .*xprtsec=mtls[, ]" /proc/self/mountinfo; }

! on_keyring || check_that "no key of an identity is there before the boot" empty_keyring
before=$(handshakes)
start_systemd
check_that "systemd boots" booted
note "$state after $((SECONDS - started)) s"
check_that "no unit has failed" fails grep . <(inside systemctl --failed --no-legend --plain)
check_that "all $count mounts stand, with mutual TLS" test "$(stand)" = "$count"
check_that "  and the one with nofail does" eventually 30 inside mountpoint -q /mnt/nofail
look_at_units
for unit in rpctlsd.service rpctls-identities.service remote-fs.target multi-user.target; do
    check_that "$unit is active" is_state "$unit" active
done
# The kernel's own connections are its agent's handshakes; what is more on the server's side is preflights. Each kernel
# makes a connection for nearly each of the mounts that begin at once.
own=$(inside journalctl -o cat -u rpctlsd.service | grep -c ' as client: ')
made=$(($(handshakes) - before))
note "$made handshakes, $own of the kernel"
check_that "one preflight has served them all" test "$((made - own))" = 1
if on_keyring; then
    for half in cert privkey; do
        check_that "the identity is on the keyring: $half" grep -q "nfs:x509:lab:$half" /proc/keys
    done
    check_that "the unit put it there" prints 'On the .nfs keyring: 1 added' \
        inside journalctl -o cat -u rpctls-identities.service
fi

# --- what comes before what: as systemd has it, and as it was
mapfile -t mounts < <(echo mnt-nofail.mount; seq -f 'mnt-%g.mount' "$count")
for unit in rpctlsd.service rpctls-identities.service; do
    check_that "$unit is ordered before remote mounts" ordered "$unit" Before remote-fs-pre.target
    for mounted in "${mounts[@]}"; do not_before "$mounted" "$unit" || echo "$mounted"; done >/tmp/early
    check_that "  and has come before them" fails grep . /tmp/early
done
for mounted in "${mounts[@]}" mnt-auto.mount; do
    ordered "$mounted" After remote-fs-pre.target || echo "$mounted"
done >/tmp/unordered
check_that "all mounts are ordered after those" fails grep . /tmp/unordered
for mounted in "${mounts[@]:1}"; do
    ((${shown[remote-fs.target ActiveEnterTimestampMonotonic]} >= ${shown[$mounted ActiveEnterTimestampMonotonic]})) ||
        echo "$mounted"
done >/tmp/late
check_that "remote-fs.target is reached after all mounts" fails grep . /tmp/late
check_that "  and does not need the one with nofail" ordered remote-fs.target Wants mnt-nofail.mount
check_that "  nor waits for it" fails ordered remote-fs.target After mnt-nofail.mount

# --- on access
check_that "nothing is mounted where nobody has looked" is_state mnt-auto.mount inactive
check_that "access mounts it" inside ls /mnt/auto/.
check_that "  with mutual TLS" prints '^server\.lab\.example:/auto .*xprtsec=mtls' inside cat /proc/mounts
check_that "the host goes down, with everything mounted" power_off

# --- the server is absent
echo "$server:/ /mnt/all nfs $options,noauto 0 0" >>/etc/fstab
on server ip link set eth0 down
start_systemd
check_that "without the server systemd boots" booted
note "$state after $((SECONDS - started)) s"
look_at_units
check_that "  multi-user.target is reached" is_state multi-user.target active
check_that "  the agent is there" is_state rpctlsd.service active
check_that "  remote-fs.target is not reached" is_state remote-fs.target inactive
inside systemctl --failed --no-legend --plain >/tmp/failed
check_that "  the units of all $count mounts have failed" test "$(grep -c '^mnt-[0-9]*\.mount ' /tmp/failed)" = "$count"
check_that "  and that with nofail" eventually 10 has_state mnt-nofail.mount failed
check_that "  nothing else has" fails grep -v '^mnt-' /tmp/failed
check_that "a unit's status says why" prints 'mount.nfs: no (way to|answer from) '"$server" inside systemctl status --no-pager -l mnt-1.mount
check_that "  and its journal what to do" prints 'hint: ' inside journalctl -o cat -u "mnt-$count.mount"
check_that "access to the automount fails" fails inside ls /mnt/auto/.
check_that "  and is explained as well" prints 'no (way to|answer from) '"$server" inside journalctl -o cat -u mnt-auto.mount
# The others have failed for good: their entries go, and the target does not mind the one that is left.
sed -i '\|/mnt/[0-9]|d' /etc/fstab
inside systemctl daemon-reload
inside systemctl start remote-fs.target
check_that "with nofail alone, remote-fs.target is reached without the server" has_state remote-fs.target active
check_that "  though the mount has failed" eventually 30 has_state mnt-nofail.mount failed
on server ip link set eth0 up
check_that "the server is back, and a unit that is started again mounts" \
    eventually 20 inside systemctl start mnt-nofail.mount
check_that "  with mutual TLS" prints '^server\.lab\.example:/nofail .*xprtsec=mtls' inside cat /proc/mounts
check_that "the host goes down" power_off
[[ ! -s $lab_state/failed ]] || sed 's/^/# /' /tmp/console | tail -n 60
lab_finish
