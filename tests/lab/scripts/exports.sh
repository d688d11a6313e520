#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# Exports and trust with the real exportfs, nfsd and agent: what tlsctl export sets is what clients can mount, a refusal by
# exportfs leaves all as it was, lines of others stay as they are; and what tlsctl trust says decides at the next handshake.
# shellcheck disable=SC2154 # status and output: run_cmd
set -uo pipefail
note "kernel $(uname -r), $(dpkg-query -W -f '${Package} ${Version}' nfs-kernel-server)"

issue_credentials /pki
issue_authority /pki/other 'Other CA'
mkdir -p /etc/rpctls /etc/exports.d /mnt/nfs '/srv/with blank'
mount -t tmpfs tmpfs '/srv/with blank'
cat >/etc/rpctls/rpctls.conf <<'CONF'
[authenticate.client]
x509.certificate=/pki/client.pem
x509.private_key=/pki/client.key
[authenticate.server]
x509.certificate=/pki/server.pem
x509.private_key=/pki/server.key
CONF
ours=/etc/exports.d/rpctls.exports
common=rw,sync,no_subtree_check,no_root_squash,insecure,fsid=0
# The administrator's own, with all that exports(5) allows.
printf '# local\n"/srv/with blank" -ro,fsid=7,xprtsec=mtls \\\n    127.0.0.3 # one\n' >/etc/exports
cp /etc/exports /run/exports.before
untouched() { cmp /etc/exports /run/exports.before; }

# mounts XPRTSEC: whether that mount succeeds and the kernel says so; nothing is mounted afterwards.
mounts() {
    mount -t nfs -o "vers=4.2,retrans=1,retry=0,$1" nfs1.lab.example:/ /mnt/nfs || return
    local status=0
    [[ $1 = sec=sys ]] || mounted_with /mnt/nfs "$1" || status=1
    umount /mnt/nfs
    return "$status"
}
plain=sec=sys

check_that "the server starts" start_nfs_server xprtsec=mtls
exportfs -ua
mkdir /srv/data/below
check_that "the agent starts" start_agent rpctlsd

# --- trust: nothing but tlsctl trust says whom the agent believes
run_cmd tlsctl export set /srv/data --clients 127.0.0.0/8 --options "$common"
check_that "a path is exported, with mutual TLS unless told otherwise" prints '^ +127.0.0.0/8: mutual TLS' echo "$output"
check_that "exportfs has it" prints '^/srv/data.127\.0\.0\.0/8\(.*xprtsec=mtls\)$' cat /var/lib/nfs/etab
reloaded() { lab_reloaded_since "$reloads"; }
# trusts ARGUMENTS: changes trust; returns when the agent, which nobody tells, has taken it up.
trusts() {
    reloads=$(lab_reloads)
    tlsctl trust "$@" && eventually 10 reloaded
}
check_that "a mount fails while the server's CA is unknown" fails mounts xprtsec=mtls
check_that "for that reason" test "$(agent_cause nfs1.lab.example)" = ca-not-trusted
check_that "the CA is trusted, as a client" trusts add /pki/ca.pem
check_that "the server still does not believe the client" fails mounts xprtsec=mtls
check_that "the CA is trusted, as a server" trusts add /pki/ca.pem --role server
check_that "the mount succeeds" mounts xprtsec=mtls
check_that "another CA is trusted, too" trusts add /pki/other/ca.pem
check_that "and the first no longer, as a client" trusts remove 'Lab CA' --role client
check_that "the mount is refused again" fails mounts xprtsec=mtls
check_that "without the last one nobody is trusted" trusts remove --all --role client
check_that "the agent took that up, and did not keep what it had" fails mounts xprtsec=mtls
check_that "the list says it" prints '^client: no servers are trusted' tlsctl trust list
check_that "the CA is back" trusts add /pki/ca.pem
check_that "and the mount works again" mounts xprtsec=mtls
check_that "the system's store is left alone" fails ls /usr/local/share/ca-certificates/rpctls-*.crt

# --- protection
check_that "mtls: a plain mount is refused" fails mounts "$plain"
check_that "mtls: TLS without a certificate is refused" fails mounts xprtsec=tls
check_that "check is content" tlsctl export check
check_that "tls is set" tlsctl export set /srv/data --clients 127.0.0.0/8 --options "$common" --xprtsec tls
check_that "tls: a plain mount is refused" fails mounts "$plain"
check_that "tls: TLS is enough" mounts xprtsec=tls
check_that "tls: a certificate does no harm" mounts xprtsec=mtls
check_that "none is set, and said" prints 'may mount without TLS' \
    tlsctl export set /srv/data --clients 127.0.0.0/8 --options "$common" --xprtsec none
check_that "none: a plain mount succeeds" mounts "$plain"
check_that "the list warns" prints '^Warning: 1 export allows mounts without TLS' tlsctl export list
run_cmd tlsctl export check --json
check_that "check finds it" test "$status $(jq -r '.findings[].name' <<<"$output")" = "1 plaintext-allowed"
check_that "mtls is set again" tlsctl export set /srv/data --clients 127.0.0.0/8 --options "$common"

# --- what does not work leaves everything as it was
cp "$ours" /run/ours.before
cp /var/lib/nfs/etab /run/etab.before
# as_before: our file and what is in force.
as_before() { cmp "$ours" /run/ours.before && diff <(sort /var/lib/nfs/etab) <(sort /run/etab.before); }
run_cmd tlsctl export set /srv/data --clients 127.0.0.0/8 --options "$common,nonsense"
check_that "an option that exportfs does not know is told, with exit status 3" test "$status" = 3
check_that "in its own words" prints 'unknown keyword.*nonsense' echo "$output"
check_that "and everything is as before" as_before
# exportfs passes over a name that it cannot look up, and succeeds.
check_that "a host that nobody knows is refused" prints 'did not take the export to nowhere\.example' \
    tlsctl export set /srv/data --clients nowhere.example 127.0.0.0/8
check_that "and everything is as before, too" as_before
check_that "the same request changes nothing" \
    test "$(tlsctl export set /srv/data --clients 127.0.0.0/8 --options "$common" --json | jq .changed)" = false

# --- lines of others
check_that "the administrator's file is as it was" untouched
check_that "a path that it exports to the same clients is refused" prints 'export-conflict|/etc/exports line 2' \
    tlsctl export set '/srv/with blank' --clients 127.0.0.3
check_that "to others it is exported" tlsctl export set '/srv/with blank' --clients 127.0.0.4 --options ro,fsid=7
check_that "exportfs reads our escapes" prints '^/srv/with\\040blank.127\.0\.0\.4\(' cat /var/lib/nfs/etab

# --- weaker than it seems
check_that "a name that is looked up is taken" \
    tlsctl export set /srv/data/below --clients server.example --options ro,fsid=2
check_that "below an export that is as strict nothing is weaker" tlsctl export check
exportfs -o "$common" 192.0.2.9:/srv/data
run_cmd tlsctl export check --json
check_that "what somebody exports by hand above it is found, and that it is in no file" \
    test "$status $(jq -r '[.findings[].name] | join(" ")' <<<"$output")" = \
    "1 plaintext-allowed weaker-parent in-force-by-hand"
exportfs -r
printf '/srv/nowhere 127.0.0.5(ro,xprtsec=mtls)\n' >/etc/exports.d/broken.exports
check_that "somebody's path that is not there is found" prints '/srv/nowhere is no directory' tlsctl export check
check_that "and keeps nobody from changing an export" prints 'fails on other exports, as before: .*nowhere' \
    tlsctl export set /srv/data/below --clients 127.0.0.6 --options ro,fsid=2
check_that "which is in force" prints '^/srv/data/below.127\.0\.0\.6\(' cat /var/lib/nfs/etab
rm /etc/exports.d/broken.exports
check_that "and taken back" tlsctl export remove /srv/data/below
check_that "a line that exportfs does not understand is told with its place" \
    prints '/etc/exports.d/bad.exports line 2' sh -c \
    'printf "\n/srv/data 127.0.0.5(ro\n" >/etc/exports.d/bad.exports; tlsctl export check; rm /etc/exports.d/bad.exports'

# --- an end
check_that "the export is removed" tlsctl export remove /srv/data
check_that "and cannot be mounted any more" fails mounts xprtsec=mtls
check_that "the other one, too" tlsctl export remove '/srv/with blank'
check_that "our file is gone" fails test -e "$ours"
check_that "the administrator's file is still as it was" untouched
mv /usr/sbin/exportfs /usr/sbin/exportfs.away
run_cmd tlsctl export set /srv/data --clients 127.0.0.0/8
mv /usr/sbin/exportfs.away /usr/sbin/exportfs
check_that "without an NFS server it is said, with exit status 3" prints 'apt install nfs-kernel-server' echo "$status $output"
check_that "and nothing is written" fails test -e "$ours"
stop_nfs_server
check_that "the agent ends when asked" stop_agent
lab_finish
