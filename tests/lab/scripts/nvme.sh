#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: sid/qemu
# NVMe/TCP with TLS: rpctlsd makes the pre-shared-key handshakes of both the host and the target, alone and with the
# distribution's tlshd at the other end.
# shellcheck disable=SC2154  # lab_agent_pid: the lab's functions
set -uo pipefail

subsystem=nqn.2026-01.org.example:disk
host=nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555
stranger=nqn.2014-08.org.nvmexpress:uuid:99999999-2222-3333-4444-555555555555
nvmet=/sys/kernel/config/nvmet
secret=the-secret-nobody-may-see

in_log() { agent_log | grep -E "$1" >/dev/null; } # not -q: under pipefail an early end of grep is a failure
psks() { awk '$8 == "psk"' /proc/keys | wc -l; }

# insert_key OPTIONS…: a new key for host and subsystem; its serial is in $serial, its text in $interchange.
insert_key() {
    local output
    output=$(nvme gen-tls-key --subsysnqn=$subsystem --insert "$@" 2>&1) || { echo "$output"; return 1; }
    interchange=$(grep -o 'NVMeTLSkey-1:.*:' <<<"$output")
    serial=$((16#$(sed -n 's/^Inserted TLS key //p' <<<"$output")))
}
forget_keys() { keyctl clear %:.nvme; }

make_target() {
    mkdir "$nvmet/hosts/$host" "$nvmet/hosts/$stranger" "$nvmet/subsystems/$subsystem" &&
        mkdir "$nvmet/subsystems/$subsystem/namespaces/1" "$nvmet/ports/1" || return
    truncate -s 64M /tmp/disk
    losetup -f --show /tmp/disk | tr -d '\n' >"$nvmet/subsystems/$subsystem/namespaces/1/device_path"
    echo 1 >"$nvmet/subsystems/$subsystem/namespaces/1/enable"
    for allowed in $host $stranger; do
        ln -s "$nvmet/hosts/$allowed" "$nvmet/subsystems/$subsystem/allowed_hosts/$allowed"
    done
    set_port 127.0.0.1
}
# set_port ADDRESS: TLS or nothing.
set_port() {
    local attribute
    for attribute in addr_traddr=$1 addr_trsvcid=4420 addr_trtype=tcp addr_adrfam=ipv4 addr_tsas=tls1.3 addr_treq=required; do
        echo "${attribute#*=}" >"$nvmet/ports/1/${attribute%%=*}" || return
    done
}
target_up() { ln -s "$nvmet/subsystems/$subsystem" "$nvmet/ports/1/subsystems/$subsystem"; }
target_down() { rm "$nvmet/ports/1/subsystems/$subsystem"; }

# connect [OPTIONS]: as $as, to $to; fails with the kernel's errno.
as=$host to=127.0.0.1
# shellcheck disable=SC2120  # some calls have no options, and some are check_that's
connect() {
    timeout 60 nvme connect -t tcp -a "$to" -s 4420 -n $subsystem -q "$as" --tls --nr-io-queues=2 \
        --reconnect-delay=1 --ctrl-loss-tmo=120 --keep-alive-tmo=2 "$@"
}
# connect_with_keyring: with the key $serial of the keyring $ring, which nvme-cli cannot say.
connect_with_keyring() {
    echo "transport=tcp,traddr=$to,trsvcid=4420,nqn=$subsystem,hostnqn=$as,hostid=${as##*:},tls,keyring=$ring,tls_key=$serial" \
        >/dev/nvme-fabrics
}
disconnect() { nvme disconnect -n $subsystem; }
disk() { ls /dev/nvme*n1; }
state() { cat /sys/class/nvme/nvme*/state; }
is_live() { [[ $(state) = live ]]; }
is_lost() { [[ $(state) != live ]]; }
# writes_and_reads: through the page cache's back door, so that it travels.
writes_and_reads() {
    local drive
    drive=$(disk) || return
    head -c 1M /dev/urandom >/tmp/written
    printf '%-4096s' "$secret" >>/tmp/written
    dd if=/tmp/written of="$drive" bs=4096 oflag=direct status=none &&
        dd if="$drive" of=/tmp/read bs=4096 count=257 iflag=direct status=none && cmp /tmp/written /tmp/read
}

modprobe -a tls nvmet nvmet-tcp nvme-tcp loop
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
mkdir -p /etc/rpctls
touch /etc/rpctls/rpctls.conf
check_that "the agent joins the kernel's group" start_agent rpctlsd
check_that "there is a target" make_target
check_that "it listens" target_up
check_that "there is a key" insert_key --hostnqn=$host --hmac=1
text_of_first=$interchange

note "a key of SHA-256"
before=$(ktls_counter TlsTxSw)
capture_start /tmp/nvme.pcap port 4420
check_that "the host connects" connect
check_that "data goes both ways" writes_and_reads
check_that "an audit line tells of the host's handshake" \
    in_log 'as client: mode=mutual-psk, TLS 1.3, TLS_AES_128_GCM_SHA256, key "NVMe0R01 nqn'
check_that "and one of the target's" in_log 'as server: mode=mutual-psk, TLS 1.3, TLS_AES_128_GCM_SHA256, key "NVMe0R01 nqn'
check_that "each queue has a session of its own at each end" test "$(ktls_counter TlsTxSw)" -ge $((before + 6))
check_that "the kernel knows which key it was" \
    prints "0*$(printf %x "$serial")" sh -c 'cat /sys/class/nvme/nvme*/tls_key'

note "target and agent restarted under a connected host"
check_that "the target goes away" target_down
check_that "the host notices" eventually 20 is_lost
check_that "the target comes back" target_up
check_that "the host connects again by itself" eventually 40 is_live
check_that "and its data goes both ways" eventually 20 writes_and_reads
check_that "the agent ends" stop_agent
check_that "which a connected host does not notice" writes_and_reads
target_down
eventually 20 is_lost
target_up
sleep 3
check_that "without an agent the host does not connect" is_lost
check_that "another agent starts" start_agent rpctlsd
check_that "and the host connects again" eventually 40 is_live
check_that "and its data goes both ways again" eventually 20 writes_and_reads
disconnect >/dev/null
capture_stop
check_that "the wire never showed the data" test "$(capture_hits /tmp/nvme.pcap $secret)" = 0
check_that "no record was refused" test "$(ktls_counter TlsDecryptError)" = 0

note "a key of SHA-384, with the identity of NVMe/TCP 2.0"
forget_keys
check_that "there is such a key" insert_key --hostnqn=$host --hmac=2 --identity=1
check_that "the host connects with it" connect
check_that "and its data goes both ways" writes_and_reads
check_that "with the suite that belongs to it" \
    in_log 'as client: mode=mutual-psk, TLS 1.3, TLS_AES_256_GCM_SHA384, key "NVMe1R02 nqn'
disconnect >/dev/null

note "a key that tlsctl made and put there, as after a boot"
forget_keys
mkdir -p /etc/nvme
echo $host >/etc/nvme/hostnqn
tlsctl psk generate --out /run/disk.key >/dev/null
check_that "tlsctl derives a key and puts it there" prints 'on the keyring .nvme' \
    tlsctl psk add --nvme --subsysnqn $subsystem --key-file /run/disk.key
forget_keys
check_that "and back after a boot" prints '^1 restored, 0 there already$' tlsctl psk restore
check_that "as a key of the kernel's own type" prints "psk  *PSK .* NVMe0R01 $host $subsystem" tlsctl keyring show .nvme
check_that "the host connects with it" connect
check_that "and its data goes both ways" writes_and_reads
serial=$(tlsctl psk list --json | jq '.psks[0].serials[0]')
check_that "the kernel says that it was this one" prints "0*$(printf %x "$serial")" sh -c 'cat /sys/class/nvme/nvme*/tls_key'
disconnect >/dev/null
check_that "another key takes its place" sh -c "tlsctl psk generate --hash sha256 |
    tlsctl psk add --nvme --subsysnqn $subsystem --force --key-file -"
check_that "of which there is one then" test "$(psks)" = 1
check_that "and the host connects again" connect
disconnect >/dev/null
tlsctl psk remove "NVMe0R01 $host $subsystem" >/dev/null
check_that "removed it is gone" test "$(psks)" = 0

note "keys that do not fit: the host's own keyring has another secret for the same identity"
forget_keys
check_that "the target has a key" insert_key --hostnqn=$host --hmac=1
ring=$(keyctl newring other @u)
keyctl setperm "$ring" 0x3f3f0000
check_that "the host has another" insert_key --hostnqn=$host --hmac=1 --keyring=other
run_cmd connect_with_keyring
check_that "the host is refused" test "$status" != 0
check_that "with no access as the cause" prints 'Permission denied' echo "$output"
check_that "which both ends explain" test "$(agent_log | grep -c 'same identity and differ')" = 2
# nvme-cli names the key and not its keyring: the request is for .nvme, and who asks with it gets no further.
run_cmd connect --tls_key="$serial"
check_that "a key that is not on the keyring of its request is none" prints 'key is missing' echo "$output"
check_that "for it is out of reach" in_log "cannot read key $serial"
printf '[authenticate]\nkeyrings=nonesuch;other\n' >/etc/rpctls/rpctls.conf
kill -HUP "$lab_agent_pid"
eventually 10 in_log 'reloaded'
connect --tls_key="$serial" >/dev/null 2>&1
# Three and not four: the log tells of the same failure of one peer three times in a minute.
check_that "until the configuration adds its keyring" test "$(agent_log | grep -c 'same identity and differ')" = 3


note "an identity that the target does not know"
: >/etc/rpctls/rpctls.conf
kill -HUP "$lab_agent_pid"
sleep 1
as=$stranger
check_that "the stranger has a key" insert_key --hostnqn=$stranger --hmac=1 --keyring=other
run_cmd connect_with_keyring
check_that "the stranger is refused" test "$status" != 0
check_that "with a rejected key as the cause" prints 'Key was rejected' echo "$output"
as=$host
keyctl clear "$ring"

agent_log >/tmp/agent.log
text_of_first=${text_of_first#NVMeTLSkey-1:01:}
check_that "nothing of a key is in the log" fails grep -F "${text_of_first%:}" /tmp/agent.log
stop_agent
target_down

# The handshake service is per network namespace: the target moves into one of its own, with its own agent. Not by
# ip-netns-exec, which hides configfs behind a fresh /sys.
note "the distribution's agent at the other end"
ip netns add target
ip link add to-target type veth peer name to-host netns target
ip address add 192.0.2.1/24 dev to-target
ip link set to-target up
ip -n target address add 192.0.2.2/24 dev to-host
ip -n target link set to-host up
ip -n target link set lo up
configure_tlshd --truststore /dev/null
set_port 192.0.2.2
to=192.0.2.2
on_target() { nsenter --net=/run/netns/target "$@"; }
# target_agent PROGRAM [ARGS]
target_agent() {
    (exec nsenter --net=/run/netns/target "$@") >/tmp/target.log 2>&1 &
    target_agent_pid=$!
    sleep 2
    kill -0 "$target_agent_pid" || { cat /tmp/target.log; return 1; }
}
meet() { # HOST'S TARGET'S…
    start_agent "$1" && target_agent "${@:2}" && on_target ln -s "$nvmet/subsystems/$subsystem" "$nvmet/ports/1/subsystems/$subsystem" &&
        connect --queue-size=64 && writes_and_reads
}
part() {
    disconnect >/dev/null
    target_down
    kill "$target_agent_pid"
    wait "$target_agent_pid" 2>/dev/null
    stop_agent
}
for hash in 1 2; do
    forget_keys
    insert_key --hostnqn=$host --hmac=$hash
    check_that "rpctlsd as host meets tlshd as target, hash $hash" meet rpctlsd tlshd -s
    check_that "in a session of its own making, hash $hash" in_log 'as client: mode=mutual-psk'
    part
    check_that "tlshd as host meets rpctlsd as target, hash $hash" \
        meet tlshd rpctlsd --foreground --runtime-directory /run/rpctls-target
    check_that "in a session of its own making too, hash $hash" grep -q 'as server: mode=mutual-psk' /tmp/target.log
    part
done

lab_finish
