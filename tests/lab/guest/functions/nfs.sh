# The kernel's NFS server, exporting /srv/data (a file system in memory) to the loopback range.
# shellcheck shell=bash

lab_export_options=rw,no_root_squash,insecure,no_subtree_check,fsid=0

# export_with [OPTIONS]: exports /srv/data with these options besides the usual ones, in place of any earlier export.
export_with() {
    exportfs -ua
    exportfs -o "$lab_export_options${1:+,$1}" 127.0.0.0/8:/srv/data
}

# start_nfs_server [OPTIONS]: for example xprtsec=mtls:tls. Mount it as SERVER:/ . $NFSD_THREADS is 4 unless set.
start_nfs_server() {
    pidof nfsdcld >/dev/null || nfsdcld
    export_with "${1:-}" || return
    pidof rpc.mountd >/dev/null || rpc.mountd -N 3
    rpc.nfsd -N 3 "${NFSD_THREADS:-4}" || return
    # No client of an earlier life exists; without this, opens wait for 90 seconds.
    # The kernel refuses where nfsdcld's empty list has ended it already.
    echo Y >/proc/fs/nfsd/v4_end_grace 2>/dev/null || grep -q Y /proc/fs/nfsd/v4_end_grace
}

# stop_nfs_server: clients should have unmounted before.
stop_nfs_server() {
    rpc.nfsd 0
    exportfs -ua
    killall -q -w rpc.mountd nfsdcld || true
}
