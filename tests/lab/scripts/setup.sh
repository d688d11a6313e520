#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# From an empty tree to a mutual-TLS mount in two commands, one for each of two machines, and a bundle carried between
# them. Again, dry, failing, interrupted and killed: a set-up is whole or leaves nothing. All of it by exit statuses and
# JSON alone.
set -uo pipefail
note "kernel $(uname -r)"

work=/tmp/work
mkdir -p "$work" /etc/exports.d
cd "$work" || exit 1
add_host server && add_host client || exit 1

server_command=(on server tlsctl setup server --new-ca --export /srv/data --clients 10.77.0.0/24
    --options "rw,no_root_squash,no_subtree_check,fsid=0" --client-bundle laptop --json)
client_command=(on client tlsctl setup client --server server.lab.example --bundle "$work/laptop.p12"
    --mount-point /mnt/nfs --json)

# What a set-up may touch: modes and contents, of files the times, too; and keys.
tree() {
    find /etc/rpctls /etc/exports.d /etc/exports \( -type f -printf '%p %m %T@\n' \) -o -printf '%p %m\n' | sort
    find /etc/rpctls /etc/exports.d /etc/exports -type f -exec sha256sum {} + | sort
    grep -o 'nfs:x509:[^ ]*' /proc/keys | sort
}
export -f tree
# without_trace MACHINE EXIT ERROR COMMAND…: it fails so, and the machine is as it was.
without_trace() {
    local machine=$1 expected=$2 error=$3 before after code
    shift 3
    before=$(on "$machine" tree)
    "$@" >answer.json 2>errors
    code=$?
    after=$(on "$machine" tree)
    [ "$code" = "$expected" ] || { echo "exit status $code"; cat answer.json errors; return 1; }
    [ "$error" = none ] || [ "$(jq -r .error.name answer.json)" = "$error" ] || { cat answer.json errors; return 1; }
    [ "$before" = "$after" ] || { diff <(echo "$before") <(echo "$after"); return 1; }
}
# states FILE: of the steps that are done here, where no systemd runs.
states() {
    jq -r '[.steps[] | select((.step | startswith("unit-") or . == "port") | not) | .state] | join(" ")' "$1"
}
states_are() { test "$(states "$1")" = "$2" || { cat "$1"; return 1; }; }
# nfsd as nfs-server.service would have it; the exports are those of the set-up.
serve() {
    nfsdcld && rpc.mountd -N 3 && rpc.nfsd -N 3 4 && { echo Y >/proc/fs/nfsd/v4_end_grace; } 2>/dev/null || true
}
export -f serve

sees_name() { on server agent_log | grep -q CN=laptop; }

# --- what fails leaves nothing
check_that "a dry run of the server's changes nothing" without_trace server 0 none "${server_command[@]}" --dry-run
check_that "and says what it would do" states_are answer.json 'would would would would would would'
missing=("${server_command[@]/#\/srv\/data/\/srv\/nothing}")
check_that "no directory to export: nothing is changed" without_trace server 4 export-path-invalid "${missing[@]}"
on server socat TCP-LISTEN:2049,fork,reuseaddr /dev/null 2>/dev/null &
eventually 5 on server sh -c 'ss -tln | grep -q :2049'
check_that "a foreign program on port 2049: all is undone" without_trace server 3 port-taken "${server_command[@]}"
check_that "down to the first step" states_are answer.json 'undone undone undone undone undone undone'
on server killall -q -w socat
on server sh -c 'mount --bind /etc/exports.d /etc/exports.d && mount -o remount,ro,bind /etc/exports.d'
check_that "exports.d is read-only: all is undone" without_trace server 3 none "${server_command[@]}"
on server umount /etc/exports.d

# --- the first command
check_that "one command makes the server" eval '"${server_command[@]}" >server.json'
check_that "each of its steps is done" states_are server.json 'done done done done done done'
check_that "again, it changes nothing" without_trace server 0 none "${server_command[@]}"
check_that "since all is so already" states_are answer.json 'already already already already already already'
check_that "exportfs has the export" on server sh -c 'exportfs -v | tr -d "\n" | grep -q "/srv/data.*10.77.0.0/24.*xprtsec=mtls"'
check_that "the agent finds its settings sound" on server rpctlsd --check
on server start_agent rpctlsd && on server serve || exit 1

# --- the bundle is carried to the client: the file, and its passphrase another way
bundle=$(jq -r '.bundles[0].bundle' server.json)
on server cat "$bundle" >laptop.p12
(umask 077 && on server cat "$bundle.passphrase" >laptop.p12.passphrase && echo wrong >wrong)
check_that "a wrong passphrase: nothing is changed" \
    without_trace client 4 passphrase-wrong "${client_command[@]}" --passphrase-file "$work/wrong"
check_that "a dry run of the client's changes nothing" without_trace client 0 none "${client_command[@]}" --dry-run
on client sh -c 'mkdir /run/kept && echo >/run/kept/conf && ln -s /run/kept/conf /etc/rpctls/rpctls.conf'
check_that "settings that another tool keeps: trust, identity and keys are undone" \
    without_trace client 4 file-not-regular "${client_command[@]}"
check_that "the steps say so" states_are answer.json 'undone undone failed'
on client rm /etc/rpctls/rpctls.conf

# --- killed and interrupted at any time
started=$EPOCHREALTIME
on client tlsctl setup client --server server.lab.example --bundle "$work/laptop.p12" --no-takeover --no-probe >/dev/null
took=$(((${EPOCHREALTIME/./} - ${started/./}) / 1000))
note "a client's set-up takes $took ms, the lab's way there included"
anew() { tlsctl identity remove laptop --force >/dev/null 2>&1; rm -rf /etc/rpctls/*; }
export -f anew
completed=0
for part in 4 5 6 7; do
    on client anew
    for signal in KILL INT; do
        after=$(printf '%d.%03d' $((took * part / 8 / 1000)) $((took * part / 8 % 1000)))
        timeout -s "$signal" "$after" "${client_command[@]}" --no-takeover --no-probe >/dev/null 2>&1
    done
    "${client_command[@]}" --no-takeover --no-probe >answer.json 2>&1 || break
    completed=$((completed + 1))
done
check_that "whenever a run is killed, the next completes it" test "$completed" = 4
check_that "so that nothing is left to do" \
    without_trace client 0 none "${client_command[@]}" --no-takeover --no-probe
on client anew

# --- the second command
check_that "one command makes the client, and the probe finds TLS" eval '"${client_command[@]}" >client.json'
check_that "each of its steps is done" states_are client.json 'done done done done done'
check_that "the probe proved the new identity" jq -e '.probe.client_certificate' client.json
check_that "again, it changes nothing" without_trace client 0 none "${client_command[@]}"
check_that "since all is so already, and the probe works" states_are answer.json 'already already already already done'
on client start_agent rpctlsd || exit 1
check_that "the command that it names mounts" on client bash -c "$(jq -r .mount.command client.json)"
check_that "with a client certificate" on client mounted_with /mnt/nfs xprtsec=mtls
check_that "and data arrives" on client sh -c 'echo set up >/mnt/nfs/file && sync /mnt/nfs/file'
check_that "on the server" on server grep -q 'set up' /srv/data/file
check_that "the server has seen the client's name" sees_name
on client umount /mnt/nfs
jq -r .mount.fstab client.json >>/etc/fstab
check_that "the line of fstab mounts, too" on client mount /mnt/nfs
check_that "with a client certificate, too" on client mounted_with /mnt/nfs xprtsec=mtls
on client umount /mnt/nfs
check_that "without the identity nothing is mounted" \
    fails on client mount -t nfs -o xprtsec=tls,vers=4.2 server.lab.example:/ /mnt/nfs

# --- a server that is away is no fault of the client's set-up
on server rpc.nfsd 0
check_that "a server that is away: exit status 1, and the set-up stays" \
    without_trace client 1 connection-refused "${client_command[@]}"
on client stop_agent
on server stop_agent
rpctls-takeover disable
lab_finish
