#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# What mount.nfs accepts means the same under TLS: nfs-utils' own program and our helper, each given the same words, make
# mounts of which the kernel says the same, or refuse alike. With it what the two do when a server is absent, who may mount,
# and what a network namespace needs.
set -uo pipefail
note "kernel $(uname -r), $(dpkg-query -W -f '${Package} ${Version}' nfs-common)"

pki=/tmp/pki # where the other machine sees it, too
mounted=/mnt/nfs
server=nfs1.lab.example
mkdir -p "$mounted" /mnt/theirs /mnt/bind /etc/rpctls
rpctls-takeover enable
# Under its own name, since that is what it goes by.
mkdir /run/nfs-utils
ln -s /usr/sbin/mount.nfs.nfs-utils /run/nfs-utils/mount.nfs
theirs=/run/nfs-utils/mount.nfs

add_host other # has an address where nothing listens, and is another network namespace
ip address add fe80::77/64 dev lab0 nodad
lab_export_clients+=('[fe80::]/64')
names=(--dns "$server" --dns several.example --ip ::1 --ip "$(host_address first)" --ip "$(host_address6 first)")
issue_certificate "$pki" server --server "${names[@]}" --ip fe80::77 --ip "$(host_address other)" --ip 127.0.0.1
issue_certificate "$pki" another --server "${names[@]}"
issue_certificate "$pki" client --client --dns client.example
tlsctl identity add lab --cert "$pki/client.pem" --key "$pki/client.key" >/dev/null
# show CERTIFICATE: what the server shows from now on.
show() {
    rpctls_conf "$pki" "$1" >/etc/rpctls/rpctls.conf
    [[ -z $lab_agent_pid ]] || reload_agent
}
show server
check_that "rpctlsd starts" start_agent rpctlsd
serve() { NFSD_VERSION_3=yes start_nfs_server xprtsec=none:tls:mtls; }
check_that "the server starts" serve

# seen: what the kernel says of the mount, but for mountd's port, which it asks for each time.
seen() { sed -n "s# mountport=[0-9]*##; s#,mountport=[0-9]*##; s#.* $mounted ##p" /proc/self/mountinfo; }
# alike PATTERN SOURCE WORDS…: both mount it, the kernel says the same of both, and it matches.
alike() {
    local expected got
    "$theirs" "$2" "$mounted" "${@:3}" || return
    expected=$(seen)
    umount "$mounted"
    mount.nfs "$2" "$mounted" "${@:3}" || return
    got=$(seen)
    umount "$mounted" || return
    printf 'nfs-utils: %s\nours:      %s\n' "$expected" "$got"
    [[ $got = "$expected" && $got = *xprtsec=tls* && $got =~ $1 ]]
}
# refused_alike SOURCE WORDS…: both fail with the same status, in the same words at the end.
refused_alike() {
    local expected status output
    run_cmd "$theirs" "$1" "$mounted" "${@:2}"
    expected="$status ${output##*$'\n'}"
    run_cmd mount.nfs "$1" "$mounted" "${@:2}"
    printf 'nfs-utils: %s\nours:      %s %s\n' "$expected" "$status" "$output"
    [[ $status != 0 && "$status ${output##*$'\n'}" = "$expected" ]] && fails umount "$mounted"
}
note "addresses"
check_that "an IPv6 address in brackets" alike 'proto=tcp6,.*addr=::1$' '[::1]:/' -o xprtsec=tls
check_that "a link-local address with its scope" alike 'addr=fe80::77%' '[fe80::77%lab0]:/' -o xprtsec=tls
for wrong in '[fe80::77]:/' 'fe80::77%lab0:/' '[fe80::77%nowhere]:/'; do
    check_that "both refuse $wrong" fails "$theirs" "$wrong" "$mounted" -o xprtsec=tls
    check_that "  ours says why" prints '"stage":"(connect|resolve)"' \
        env RPCTLS_JSON=1 mount.nfs "$wrong" "$mounted" -o xprtsec=tls
done
show another
check_that "a scope is no part of what the certificate must name" \
    fails_as server-name-mismatch mount.nfs '[fe80::77%lab0]:/' "$mounted" -o xprtsec=tls
check_that "  the address is" prints '"expected":"IP:fe80::77"' \
    env RPCTLS_JSON=1 mount.nfs '[fe80::77%lab0]:/' "$mounted" -o xprtsec=tls
check_that "  it is where the agent alone has seen it, too" prints '"expected":"IP:fe80::77"' \
    env RPCTLS_JSON=1 mount.nfs '[fe80::77%lab0]:/' "$mounted" -o xprtsec=tls,preflight=off
check_that "  nfs-utils alone is refused as well" fails "$theirs" '[fe80::77%lab0]:/' "$mounted" -o xprtsec=tls
show server
check_that "an option that nobody knows: what the kernel logs is said" prints "^kernel: nfs: Unknown parameter 'nosuch'" \
    mount.nfs "$server:/" "$mounted" -o xprtsec=tls,nosuch=1

# named ADDRESS…: what several.example resolves to; IPv6 comes first by RFC 6724.
named() {
    sed '/several\.example/d' /etc/hosts >/run/lab/hosts
    printf '%s several.example\n' "$@" >>/run/lab/hosts
    cat /run/lab/hosts >/etc/hosts
}
named "$(host_address6 first)" "$(host_address first)"
check_that "proto=tcp6 takes the IPv6 address of a name" \
    alike "addr=$(host_address6 first)\$" several.example:/ -o xprtsec=tls,proto=tcp6
check_that "proto=tcp takes the other" alike "addr=$(host_address first)\$" several.example:/ -o xprtsec=tls,proto=tcp
named "$(host_address6 other)" "$(host_address first)"
check_that "where the first address refuses, the next is mounted" \
    alike "addr=$(host_address first)\$" several.example:/ -o xprtsec=tls,retry=0
check_that "  the preflight found it so, too" prints "^  $(host_address first), TLS 1.3" \
    mount.nfs several.example:/ "$mounted" -f -v -o xprtsec=tls
check_that "with NFSv3, too" alike 'vers=3,' several.example:/srv/data -o xprtsec=tls,vers=3,nolock,retry=0
named fd00:77::dea1 fd00:77::dea2 fd00:77::dea3 "$(host_address first)"
check_that "three that say nothing leave time for the fourth" \
    prints "^  $(host_address first), TLS 1.3" mount.nfs several.example:/ "$mounted" -f -v -o xprtsec=tls
# Nobody has this address; that shall be known after one question, and not after three.
echo 1 >/proc/sys/net/ipv6/neigh/lab0/mcast_solicit
named fd00:77::dead "$(host_address first)"
check_that "where there is no way to the first, the next is mounted" \
    alike "addr=$(host_address first)\$" several.example:/ -o xprtsec=tls,retry=0

note "versions, connections, ports"
# Each connection is in turn for a call; the kernel says which of them are TLS.
connections() { ss -Htni state established 'dport = :2049' | grep -c "$1"; }
all_protected() {
    mount.nfs "$1" "$mounted" -o "xprtsec=tls,nconnect=4,$2" || return
    local i result
    for i in {1..8}; do echo "$i" >"$mounted/file"; done
    [[ "$(connections cwnd) $(connections tcp-ulp-tls)" = '4 4' ]]
    result=$?
    umount "$mounted" && return "$result"
}
for version in 4.0 4.1 4.2 3,nolock; do
    path=/
    [[ $version != 3,* ]] || path=/srv/data
    # sid's server has no 4.0 any more; +4 means that it has.
    if grep -qF -e "-$version" /proc/fs/nfsd/versions; then
        check_that "both refuse version $version, which the server lacks" \
            refused_alike "$server:/" -o "xprtsec=tls,vers=$version"
        continue
    fi
    check_that "version $version with nconnect=4" \
        alike "vers=${version%,*},.*nconnect=4" "$server:$path" -o "xprtsec=tls,vers=$version,nconnect=4"
    check_that "R-4.1-22: four connections, all with TLS" all_protected "$server:$path" "vers=$version"
done
check_that "version 3 by IPv6" alike 'vers=3,.*proto=tcp6' '[::1]:/srv/data' -o xprtsec=tls,vers=3,nolock,proto=tcp6
echo 'tcp 20490' >/proc/fs/nfsd/portlist
check_that "another port" alike 'port=20490' "$server:/" -o xprtsec=tls,port=20490

note "words"
for words in noauto,_netdev,nofail,comment=a,defaults x-systemd.automount,x-systemd.idle-timeout=5,x-other user,exec \
    minorversion=1,vers=4 tcp,v4.1 'sloppy,nonsense,context="a,b"' xprtsec=none,xprtsec=tls; do
    check_that "-o $words" alike . "$server:/" -o "xprtsec=tls,$words"
done
check_that "soft arrives" alike 'soft,.*timeo=50,retrans=1' "$server:/" -o xprtsec=tls,soft,timeo=50,retrans=1
check_that "-r" alike '^ro,' "$server:/" -r -o xprtsec=tls
check_that "-r after -w" alike '^ro,' "$server:/" -w -r -o xprtsec=tls
check_that "-n, -v, and -s, which passes over what nobody knows" alike '^rw,' "$server:/" -nsv -o xprtsec=tls,nonsense
check_that "a server without a path" alike '^rw.* nfs4 [^ ]*:/ ' "$server:" -o xprtsec=tls
check_that "a path that begins with two slashes" alike . "$server://" -o xprtsec=tls
check_that "of several servers nfs-utils takes the first, ours none" \
    prints several-servers env RPCTLS_JSON=1 mount.nfs "$server,nfs2.lab.example:/" "$mounted" -o xprtsec=tls
for words in nonsense nconnect=99 timeo=abc vers=5 proto=abc; do
    check_that "both refuse -o $words" refused_alike "$server:/" -o "xprtsec=tls,$words"
done
check_that "a flag that nobody knows is nfs-utils' to refuse" \
    prints "unrecognized option '--nonsense'" mount.nfs "$server:/" "$mounted" --nonsense -o xprtsec=tls
dry_run() { "$@" "$server:/" "$mounted" -f -o xprtsec=tls && fails mountpoint -q "$mounted"; }
for program in mount.nfs "$theirs"; do check_that "$program -f mounts nothing" dry_run "$program"; done

note "a server that goes away"
# gone WORDS…: how a program ends that waits for a server gone, for eight seconds at most, and what it says when that is back.
gone() {
    mount.nfs "$server:/" "$mounted" -o "xprtsec=tls,timeo=10,retrans=1,$1" || return
    stop_nfs_server
    run_cmd timeout -s KILL 8 mkdir "$mounted/$RANDOM$RANDOM"
    serve && timeout 60 ls "$mounted" >/dev/null || return
    umount "$mounted" || return
    printf '%s %s\n' "$status" "$output"
}
check_that "soft: programs get an error" prints '^1 .*(Input/output error|Connection timed out)' gone soft
check_that "hard: they wait, and go on when the server is back" prints '^137 ' gone hard

note "who may mount"
echo "$server:/ $mounted nfs xprtsec=tls,user,noauto,_netdev,x-systemd.automount 0 0" >/etc/fstab
as() { setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"; }
check_that "an ordinary user mounts what fstab has for users" as www-data mount "$mounted"
check_that "  with TLS" mounted_with "$mounted" xprtsec=tls
check_that "  and as a user's mount" prints "^rw,nosuid,nodev,noexec,relatime " seen
check_that "  another user may not unmount it" fails as daemon umount "$mounted"
check_that "  who mounted it may" as www-data umount "$mounted"
sed -i 's/,user,/,/' /etc/fstab
check_that "what is not for users is refused" fails as www-data mount "$mounted"

note "remount, bind, umount"
standing() { mountpoint -q "$mounted" && mounted_with "$mounted" xprtsec=tls && [[ $(seen) = "$1",* ]]; }
mount_it() { mount -t nfs -o xprtsec=tls "$server:/" "$mounted"; }
mount_it
check_that "a remount is read-only" mount -o remount,ro "$mounted"
check_that "  and protected" standing ro
check_that "a remount with the same protection" mount -o remount,rw,xprtsec=tls "$mounted"
check_that "  is what it was" standing rw
for asked in mtls none; do
    check_that "a remount with xprtsec=$asked is refused" \
        fails_as transport-cannot-change mount -o "remount,ro,xprtsec=$asked" "$mounted"
done
check_that "  and changes nothing" standing rw
# A bind mount is mount(8)'s own affair.
bind() { strace -f -o /tmp/bind -e trace=execve mount --bind "$mounted" /mnt/bind && fails grep mount.nfs /tmp/bind; }
check_that "a bind mount is made without a helper" bind
mount -o remount,bind,ro /mnt/bind
check_that "  is read-only by itself" sh -c "! touch /mnt/bind/file && touch $mounted/file"
umount /mnt/bind
check_that "  and unmounted by itself" standing rw
busy() { local status output; run_cmd "$@"; echo "$status $output"; [[ $status = 16 ]] && standing rw; }
exec 7<"$mounted"
check_that "umount does not take what is in use" busy umount "$mounted"
check_that "  nor does umount.nfs -f" busy umount.nfs "$mounted" -f
takes() { "$@" "$mounted" && fails mountpoint -q "$mounted"; }
check_that "umount -l takes it" takes umount -l
exec 7<&-
for how in umount 'umount -f' 'umount.nfs -v' 'umount.nfs -l'; do
    mount_it
    # shellcheck disable=SC2086 # words
    check_that "$how takes what is not in use" takes $how
done

note "an absent server"
stop_nfs_server
rm -f /run/rpctls-preflight/* # what went well speaks for ten seconds
# What a mount could leave: programs, keys, files. Not so what is documented, the preflight's record and the agent's.
traces() {
    pgrep -a mount.nfs
    awk '$9 != "_pid:" && $9 != "_tid:" && $9 != "_ses:" { print $1, $8, $9 }' /proc/keys | sort
    find /run /var/lib/rpctls -path /run/lab -prune -o -path /run/rpc_pipefs -prune -o -path '/run/rpctls-preflight/*' -prune \
        -o -path /run/rpctls/servers.json -prune -o -print | sort
}
traces >/run/lab/before
leaves_nothing() { traces >/run/lab/after; fails mountpoint -q "$mounted" && diff /run/lab/before /run/lab/after; }
soon() { local began=$SECONDS; "$@" && ((SECONDS - began < 5)); }
check_that "fg,retry=0 fails soon" soon fails_as connection-refused \
    mount -t nfs -o xprtsec=tls,vers=4.2,fg,retry=0 "$server:/" "$mounted"
check_that "  and with nfs-utils alone" soon fails "$theirs" "$server:/" "$mounted" -o xprtsec=tls,vers=4.2,fg,retry=0
check_that "  nothing stays" leaves_nothing
in_background() { soon "$1" "$server:/" "$2" -o xprtsec=tls,vers=4.2,bg,retry=1 && pgrep -f "mount.nfs .*$2"; }
check_that "bg,retry=1 goes to the background" in_background mount.nfs "$mounted"
check_that "  as with nfs-utils alone" in_background "$theirs" /mnt/theirs
check_that "  nothing is mounted" fails mountpoint -q "$mounted"
check_that "the server comes" serve
check_that "  and nfs-utils' program mounts it" eventually 30 mountpoint -q /mnt/theirs
check_that "  and so does ours" eventually 30 mountpoint -q "$mounted"
check_that "  with TLS" mounted_with "$mounted" xprtsec=tls
check_that "  nothing is in the background any more" eventually 5 fails pgrep mount.nfs
umount "$mounted" /mnt/theirs
check_that "what nfs-utils refuses after the preflight" fails mount -t nfs -o xprtsec=tls,nonsense "$server:/" "$mounted"
check_that "  leaves nothing" leaves_nothing
check_that "  with an identity" fails mount -t nfs -o xprtsec=mtls,tls_identity=lab,nonsense "$server:/" "$mounted"
check_that "  leaves nothing" leaves_nothing

note "another network namespace"
elsewhere() { RPCTLS_JSON=1 on other mount -t nfs -o "$1" "$2:/" "$mounted"; }
at="[$(host_address6 first)]"
check_that "without TLS it needs nothing" elsewhere xprtsec=none "$at"
on other umount "$mounted"
check_that "this one's agent is none there" fails_as agent-absent elsewhere xprtsec=tls "$at"
rpctls_conf "$pki" server | on other tee /etc/rpctls/rpctls.conf >/dev/null
check_that "an agent starts there" on other start_agent rpctlsd
for at in "$at" '[fe80::77%eth0]'; do
    check_that "with it, $at is mounted there" elsewhere xprtsec=tls "$at"
    check_that "  with TLS" on other mounted_with "$mounted" xprtsec=tls
    check_that "  and not here" fails mountpoint -q "$mounted"
    on other umount "$mounted"
done
check_that "the handshakes were that agent's" prints 'as client: .*peer "CN=server"' on other agent_log

# The kernel follows a referral by itself. The server of sid hands none out.
if ! kernel_at_least 7.0; then
    note "referral"
    mkdir /srv/data/away && mount -t tmpfs away /srv/data/away
    exportfs -o "rw,insecure,no_subtree_check,fsid=9,xprtsec=tls,refer=/@$(host_address other)" 127.0.0.0/8:/srv/data/away
    shows_there() { rpctls_conf "$pki" "$1" | on other tee /etc/rpctls/rpctls.conf >/dev/null && on other reload_agent; }
    shows_there another
    on other start_nfs_server xprtsec=tls
    on other touch /srv/data/elsewhere
    mount_it
    check_that "a server that is not the one of the referral is not read" fails timeout -s KILL 20 ls "$mounted/away/elsewhere"
    check_that "  for its certificate" prints "certificate is not for $(host_address other)" agent_log
    shows_there server
    check_that "the one of the referral is" timeout -s KILL 20 ls "$mounted/away/elsewhere"
    check_that "  with the protection of the mount" mounted_with "$mounted/away" xprtsec=tls
    umount -R "$mounted"
    on other stop_nfs_server
fi
check_that "the other machine's agent ends when asked" on other stop_agent
check_that "then there is none again" fails_as agent-absent elsewhere xprtsec=tls "$at"

note "trunking: another address of a server that is mounted already"
issue_certificate "$pki" second --server --dns several.example
named 127.0.0.3
trunk() { mount -t nfs -o xprtsec=tls,vers=4.2,max_connect=2 "$server:/" "$mounted" && show "$1" &&
    mount -t nfs -o xprtsec=tls,vers=4.2,max_connect=2 several.example:/ /mnt/theirs; }
uses() { [[ "$(connections cwnd) $(connections tcp-ulp-tls)" = "$1 $1" ]]; }
check_that "both are mounted" trunk server
check_that "  each address has a connection with TLS" eventually 5 uses 2
check_that "  at the second the first mount's name was verified" \
    prints "with $server \(127\.0\.0\.3\) as client: mode=server-auth" agent_log
umount "$mounted" /mnt/theirs
check_that "both are, where the second address does not show the first one's name" trunk second
check_that "  and that address is left out" eventually 5 uses 1
check_that "  for its name" prints "certificate is not for $server" agent_log
umount "$mounted" /mnt/theirs
show server

note "pNFS: data servers of the layout flexible files, by NFSv3"
export_with xprtsec=none:tls:mtls,pnfs
# in_clear: how often what is written to a file is on the wire.
in_clear() {
    mount_it && capture_start /tmp/pnfs.pcap port 2049 || return
    echo what-nobody-may-see >"$mounted/secret" && sync "$mounted/secret"
    capture_stop
    grep -E ' (LAYOUTGET|GETDEVICEINFO): ' /proc/self/mountstats >&2
    umount "$mounted" || return
    capture_hits /tmp/pnfs.pcap what-nobody-may-see
}
check_that "with the layout's module barred all goes through the mount's connection" test "$(in_clear 2>/dev/null)" = 0
rm /run/modprobe.d/lab.conf
if kernel_at_least 6.16; then
    check_that "the data server's connection is protected" test "$(in_clear 2>/dev/null)" = 0
    check_that "  and its address was verified" prints 'with 127\.0\.0\.1 as client: mode=server-auth' agent_log
else
    note "what was written is on the wire in clear $(in_clear 2>/dev/null) times, as mount.nfstls(8) warns"
fi
stop_nfs_server
check_that "rpctlsd ends when asked" stop_agent
lab_finish
