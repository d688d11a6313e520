#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# Debian's autofs: an indirect and a direct map mount with mutual TLS when somebody looks, unmount when nobody does, and what
# fails says why in automount's log. Both kernels have autofs as a module.
# shellcheck disable=SC2154 # lab_state: the lab's functions
set -uo pipefail

pki=/etc/pki
server=server.lab.example
issue_certificate "$pki" server --server --dns "$server"
issue_certificate "$pki" client --client --dns client.example
issue_certificate /tmp/elsewhere stranger --server --dns stranger.lab.example

# automount binds what is exported by the machine itself, so these are others.
# serve NAME FOLDER: a server with the certificate of that folder.
serve() {
    add_host "$1" || return
    mkdir -p "/tmp/$1"
    cp "$2/$1".{pem,key} "$pki/ca.pem" "/tmp/$1/" # it knows the client's CA; whether the client knows its is another matter
    cat >"/tmp/$1/rpctls.conf" <<CONF
[authenticate.server]
x509.truststore=/tmp/$1/ca.pem
x509.certificate=/tmp/$1/$1.pem
x509.private_key=/tmp/$1/$1.key
CONF
    on "$1" cp "/tmp/$1/rpctls.conf" /etc/rpctls/ && on "$1" start_agent rpctlsd &&
        on "$1" sh -c "mkdir /srv/data/direct; echo 'of $1' | tee /srv/data/file >/srv/data/direct/file" &&
        on "$1" start_nfs_server xprtsec=mtls
}
check_that "a server is there" serve server "$pki"
check_that "and one of another CA" serve stranger /tmp/elsewhere

mkdir -p /etc/rpctls
rpctls_conf "$pki" >/etc/rpctls/rpctls.conf
tlsctl identity add lab --cert "$pki/client.pem" --key "$pki/client.key" >/dev/null
rpctls-takeover enable
check_that "rpctlsd starts" start_agent rpctlsd

# Without a version automount asks the server's portmapper first, which a server of version 4 alone has not.
protection=xprtsec=mtls,tls_identity=lab
options=-fstype=nfs,vers=4.2,$protection
cat >/etc/auto.master <<MASTER
/lab /etc/auto.lab --timeout=2
/- /etc/auto.direct --timeout=2
MASTER
cat >/etc/auto.lab <<MAP
data $options $server:/
strange $options stranger.lab.example:/
nobody $options,tls_identity=nobody $server:/
MAP
echo "/mnt/direct -fstype=nfs4,$protection $server:/direct" >/etc/auto.direct
log=/tmp/automount.log
modprobe autofs4
# Its log goes to standard error, with what mount says. The kernel wants a process group, which the lab lets nobody have.
setsid automount --foreground --debug </dev/null >"$log" 2>&1 &
automount=$!
is_autofs() { awk -v folder="$1" '$5 == folder && / - autofs / { found = 1 } END { exit !found }' /proc/self/mountinfo; }
both_watched() { is_autofs /lab && is_autofs /mnt/direct; }
check_that "automount watches both maps" eventually 10 both_watched

is_mounted() { awk -v folder="$1" '$5 == folder && / - nfs4? / { found = 1 } END { exit !found }' /proc/self/mountinfo; }
# on_access FOLDER MAP: mounted when it is looked at, with what the map says, and not for longer than that.
on_access() {
    check_that "$2: nothing is mounted before" fails is_mounted "$1"
    check_that "$2: access mounts it" grep -qx 'of server' "$1/file"
    check_that "$2:   with mutual TLS" mounted_with "$1" xprtsec=mtls
    check_that "$2: it goes when nobody looks" eventually 15 fails is_mounted "$1"
    check_that "$2: and comes back" grep -qx 'of server' "$1/file"
    check_that "$2:   with mutual TLS" mounted_with "$1" xprtsec=mtls
}
on_access /lab/data 'indirect map'
on_access /mnt/direct 'direct map'
check_that "the server was shown the identity" prints 'as server: .*peer "CN=client"' on server agent_log

# --- what fails
check_that "a server whose CA is unknown is not mounted" fails ls /lab/strange/.
check_that "  and nothing stays" fails is_mounted /lab/strange
check_that "  the log has the reason" grep -q 'mount.nfs: .*stranger\.lab\.example' "$log"
note "$(grep 'mount.nfs: .*stranger' "$log" | head -n 1)"
check_that "  and what to do" grep -q 'hint: ' "$log"
check_that "an identity that is not there is not mounted with" fails ls /lab/nobody/.
check_that "  the log names it" grep -q 'mount.nfs: .*nobody' "$log"
check_that "what could be mounted still is" grep -qx 'of server' /lab/data/file

kill "$automount"
check_that "automount ends and takes its mounts along" eventually 15 fails kill -0 "$automount" 2>/dev/null
check_that "  none is left" fails grep -E ' - (autofs|nfs4?) ' /proc/self/mountinfo
[ ! -s "$lab_state/failed" ] || sed 's/^/# /' "$log" | tail -n 60
stop_agent
lab_finish
