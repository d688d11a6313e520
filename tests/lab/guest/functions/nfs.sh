# The kernel's NFS server, exporting /srv/data (a file system in memory) to this machine and those of hosts.sh.
# shellcheck shell=bash disable=SC2154  # lab_state: functions.sh

lab_export_options=rw,no_root_squash,insecure,no_subtree_check,fsid=0
lab_export_clients=(127.0.0.0/8 '[::1]' 10.77.0.0/24 '[fd00:77::]/64')

# export_with [OPTIONS]: exports /srv/data with these options besides the usual ones, in place of any earlier export.
export_with() {
    exportfs -ua
    exportfs -o "$lab_export_options${1:+,$1}" "${lab_export_clients[@]/%/:/srv/data}"
}

# start_nfs_server [OPTIONS]: for example xprtsec=mtls:tls. Mount it as SERVER:/ . $NFSD_THREADS is 4 unless set; with
# $NFSD_VERSION_3 it speaks version 3, too, where each address is a server of its own and not a path to a known one.
start_nfs_server() {
    local without=(-N 3)
    if [[ -n ${NFSD_VERSION_3:-} ]]; then
        without=()
        pidof rpcbind >/dev/null || rpcbind
    fi
    pidof nfsdcld >/dev/null || nfsdcld
    export_with "${1:-}" || return
    pidof rpc.mountd >/dev/null || rpc.mountd "${without[@]}"
    printf '%s\n' "${without[@]}" "${NFSD_THREADS:-4}" >"$lab_state/nfsd.arguments"
    rpc.nfsd "${without[@]}" "${NFSD_THREADS:-4}" || return
    lab_end_grace
}

# No client of an earlier life exists; without this, opens wait for 90 seconds.
# The kernel refuses where nfsdcld's empty list has ended it already.
lab_end_grace() { echo Y >/proc/fs/nfsd/v4_end_grace 2>/dev/null || grep -q Y /proc/fs/nfsd/v4_end_grace; }

# restart_nfsd [SECONDS]: closes all connections, stays away that long, and serves again.
restart_nfsd() {
    local arguments
    mapfile -t arguments <"$lab_state/nfsd.arguments"
    rpc.nfsd 0 && sleep "${1:-0}" && rpc.nfsd "${arguments[@]}" && lab_end_grace
}

# stop_nfs_server: clients should have unmounted before.
stop_nfs_server() {
    rpc.nfsd 0
    exportfs -ua
    killall -q -w rpc.mountd nfsdcld || true
}
