#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# xprtsec=auto: the most that both ends can; what a server has shown is remembered, and whoever takes TLS away on the way
# gets no mount in clear. What this host demands of its mounts is held.
set -uo pipefail

pki=/run/pki
mounted=/mnt/nfs
known=nfs1.lab.example
strange=nfs2.lab.example
mkdir -p "$mounted" /etc/rpctls
issue_credentials "$pki"
issue_certificate "$pki" both --dns "$known" --dns "$strange" --server

configure() { rpctls_conf "$pki" both "$@" >/etc/rpctls/rpctls.conf; } # LINES…: of [mount] sections
middlebox() { # MODE: on port 2050
    : >/tmp/middlebox.log
    python3 ./middlebox.py 2050 "$1" >/tmp/middlebox.log 2>&1 &
    box=$!
    eventually 10 grep -q listening /tmp/middlebox.log
}
remove_box() {
    kill "$box"
    wait "$box" 2>/dev/null
}
mounts() { mount -t nfs -o "vers=4.2,$1" "${2:-$known}:/" "$mounted"; } # OPTIONS [SERVER]
nothing_mounted() { ! mountpoint -q "$mounted"; }
# try OPTIONS [SERVER]: what mount prints is for said, its exit status in $status.
try() { status=0; mounts "$@" >/tmp/said 2>&1 || status=$?; }
try_to_mount() { try "$1" && cat /tmp/said && [[ $status = 0 ]]; }
said() { grep "$1" /tmp/said; }
# refused TITLE WORDS OPTIONS [SERVER]: the mount fails for the reason given, and leaves nothing.
refused() {
    try "$3" "${4:-$known}"
    check_that "$1: no mount" test "$status" = 32
    check_that "  the reason is named: $2" said "$2"
    check_that "  nothing stays behind" nothing_mounted
}
knows() { tlsctl known list --json | jq -e --arg server "$1" "any(.servers[]; .name == \$server and ($2))" >/dev/null; }

configure
tlsctl identity add lab --cert "$pki/client.pem" --key "$pki/client.key" >/dev/null
check_that "the agent starts" start_agent rpctlsd
start_nfs_server xprtsec=none:tls:mtls
rpctls-takeover enable >/dev/null

note "what auto comes to"
check_that "without an identity it is tls" mounts xprtsec=auto
check_that "  the kernel confirms it" mounted_with "$mounted" xprtsec=tls
check_that "  the server is remembered" knows "$known" .asks_certificate
umount "$mounted"
check_that "with an identity it is mtls" mounts xprtsec=auto,tls_identity=lab
check_that "  the kernel confirms it" mounted_with "$mounted" xprtsec=mtls
check_that "  a remount goes through" mount -o remount,ro,xprtsec=auto "$mounted"
umount "$mounted"
configure "[mount.$known]" identity=lab
check_that "an identity of the configuration counts, too" mounts xprtsec=auto
check_that "  the kernel confirms it" mounted_with "$mounted" xprtsec=mtls
umount "$mounted"
configure
check_that "-t nfstls takes auto" mount -t nfstls -o vers=4.2,xprtsec=auto "$known:/" "$mounted"
umount "$mounted"

note "a shorter preflight"
for depth in off probe full; do
    check_that "preflight=$depth: the mount succeeds" mounts "xprtsec=mtls,tls_identity=lab,preflight=$depth"
    check_that "  the kernel confirms it" mounted_with "$mounted" xprtsec=mtls
    umount "$mounted"
done

note "what the preflight costs"
# The probe, the handshake, and a call inside it: a turn is that the client asks and the server answers.
turns() { grep turns /tmp/middlebox.log; }
connections() { [[ $(turns | wc -l) = "$1" ]]; }
for security in tls mtls,tls_identity=lab; do
    middlebox count
    mount.nfs "$known:/" "$mounted" -f -v -o "vers=4.2,port=2050,xprtsec=$security" >/dev/null
    check_that "R-4.1-10: $security: one connection" eventually 5 connections 1
    check_that "  of three turns" test "$(turns)" = 'turns 3'
    remove_box
done
middlebox count
try xprtsec=tls,port=2050
umount "$mounted"
check_that "a mount has this one and its own" eventually 5 connections 2
check_that "  no other" sh -c 'sleep 1; test "$(grep -c turns /tmp/middlebox.log)" = 2'
remove_box

middlebox strip
refused "preflight=probe, TLS stripped" TLS xprtsec=tls,preflight=probe,port=2050
check_that "preflight=off, TLS stripped: no mount" fails timeout 60 mount -t nfs -o vers=4.2,xprtsec=tls,preflight=off,port=2050,retry=0 "$known:/" "$mounted"
check_that "  nothing stays behind" nothing_mounted
remove_box

note "somebody on the way"
for mode in strip untoken; do
    middlebox $mode
    for security in tls auto; do
        case $security in
        tls) words="TLS" ;;
        auto) words="less protection than it did" ;;
        esac
        refused "R-6.1.1-1: $mode, $security" "$words" "xprtsec=$security,port=2050"
    done
    remove_box
done
for mode in reset close stall garbage hello mute; do
    middlebox $mode
    for server in "$known" "$strange"; do
        check_that "$mode: no mount of $server with auto" fails timeout 20 mount -t nfs -o vers=4.2,xprtsec=auto,port=2050 "$server:/" "$mounted"
        check_that "  nothing stays behind" nothing_mounted
    done
    remove_box
done

note "a server that is verified, and slow"
for security in tls auto; do
    middlebox slow
    check_that "$security: what the server owes is the mount's to wait for" try_to_mount "xprtsec=$security,port=2050"
    check_that "  with a warning" said 'warning: .*does not answer a call'
    check_that "  and with TLS" mounted_with "$mounted" xprtsec=tls
    umount "$mounted"
    remove_box
done

middlebox strip
check_that "R-4.1-15: a server that never showed TLS is mounted without" mounts xprtsec=auto,port=2050 "$strange"
check_that "  which is what the kernel says" fails grep -q 'xprtsec=[tm]' /proc/self/mountinfo
check_that "  it is not remembered as one with TLS" fails knows "$strange" true
umount "$mounted"
try xprtsec=auto,port=2050 "$strange"
check_that "  and there is a warning" said 'warning: .*without protection'
umount "$mounted"
check_that "-t nfstls never is" fails mount -t nfstls -o vers=4.2,xprtsec=auto,port=2050 "$strange:/" "$mounted"
check_that "  nothing stays behind" nothing_mounted

note "a server that cannot be reached yet, and bg"
check_that "auto,bg: nothing to hold an unknown server to, no mount" \
    fails timeout 30 mount -t nfs -o vers=4.2,xprtsec=auto,bg,port=2051 "$strange:/" "$mounted"
check_that "  nothing goes on trying" fails pgrep -f 'mount[.]nfs.*2051'
check_that "auto,bg: a known server is tried again" \
    mount -t nfs -o vers=4.2,xprtsec=auto,bg,port=2051 "$known:/" "$mounted"
check_that "  with what it has shown" pgrep -f 'mount[.]nfs.*xprtsec=tls'
pkill -f 'mount[.]nfs.*2051'
check_that "  nothing is mounted" nothing_mounted

note "what this host demands"
configure "[mount]" minimum=tls
refused "auto, below the minimum" "so little protection" xprtsec=auto,port=2050 "$strange"
refused "none, below the minimum" "so little protection" xprtsec=none
refused "nothing said, below the minimum" "so little protection" rw
check_that "tls is enough" mounts xprtsec=tls
umount "$mounted"
configure "[mount]" minimum=tls "[mount.$strange]" minimum=none
check_that "an exception for one server" mounts xprtsec=auto,port=2050 "$strange"
umount "$mounted"
configure "[mount.$known]" minimum=mtls
refused "tls, where mtls is the minimum" "so little protection" xprtsec=tls
configure "[mount]" minimun=tls
refused "a demand that is misspelt" "unknown option" xprtsec=none
configure

note "the record"
echo broken >"/var/lib/rpctls/servers/$known"
refused "a damaged record, auto" "damaged" xprtsec=auto
check_that "tls needs no record" mounts xprtsec=tls
umount "$mounted"
check_that "it can be forgotten" tlsctl known forget "$known"
check_that "then the server may offer less" mounts xprtsec=auto,port=2050
umount "$mounted"
remove_box
check_that "and is remembered anew" mounts xprtsec=auto
check_that "  as one with TLS" knows "$known" .asks_certificate
umount "$mounted"

stop_nfs_server
check_that "the agent ends" stop_agent
lab_finish
