#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The service units by systemd's own tools: they are sound, and their sandbox leaves an exposure of at most 2.0.
# usage: systemd.sh BUILD
set -uo pipefail
build=$(cd "${1:?usage: systemd.sh BUILD}" && pwd)
bad=0
# verdict TITLE COMMAND…
verdict() {
    local title=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok - $title"
    else
        echo "not ok - $title"
        printf '%s\n' "$output" | sed 's/^/# /'
        bad=1
    fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make -C "$build" -s packaging/systemd/rpctlsd.service packaging/systemd/rpctlsd@.service \
    packaging/systemd/rpctls-identities.service packaging/systemd/rpctls-psks.service \
    packaging/systemd/rpctls-crl.service >"$work/make" 2>&1 || cat "$work/make"

# What is verified is to exist: any program will do for a daemon that this machine does not have installed.
for unit in rpctlsd.service rpctlsd@.service rpctls-identities.service rpctls-psks.service \
    rpctls-crl.service; do
    sed -E 's#^ExecStart=[^ ]*/(rpctlsd|tlsctl)#ExecStart=/bin/true#' "$build/packaging/systemd/$unit" >"$work/$unit"
done
cp "$work/rpctlsd@.service" "$work/rpctlsd@lab.service"

says_nothing() {
    local output
    output=$("$@" 2>&1) && [ -z "$output" ] && return
    printf '%s\n' "$output"
    return 1
}
for unit in rpctlsd.service rpctlsd@lab.service rpctls-identities.service rpctls-psks.service \
    rpctls-crl.service; do
    verdict "$unit is sound" says_nothing systemd-analyze verify --man=no "$work/$unit"
    verdict "$unit leaves an exposure of at most 2.0" \
        systemd-analyze security --offline=true --threshold=20 --no-pager "$work/$unit"
done

# The measure itself: without its sandbox the same unit is past it, and a word that is none is found.
sed -E '/^(Protect|Private|Restrict|NoNew|SystemCall|Capability|Lock|Memory)/d' "$work/rpctlsd.service" >"$work/open.service"
fails() { ! "$@"; }
verdict "the measure finds a unit without a sandbox" \
    fails systemd-analyze security --offline=true --threshold=20 --no-pager "$work/open.service"
sed 's/^Type=notify/Type=notified/' "$work/rpctlsd.service" >"$work/wrong.service"
verdict "the measure finds a wrong word" fails says_nothing systemd-analyze verify --man=no "$work/wrong.service"

cp packaging/systemd/rpctls-crl.timer "$work"
verdict "rpctls-crl.timer is sound" says_nothing systemd-analyze verify --man=no "$work/rpctls-crl.timer"

has() { grep -qxF "$1" "$build/packaging/systemd/$2"; }
verdict "the agent comes before remote file systems" \
    has 'Before=remote-fs-pre.target nfs-server.service shutdown.target' rpctlsd.service
verdict "identities come before remote file systems" \
    has 'Before=remote-fs-pre.target shutdown.target' rpctls-identities.service
verdict "and after the module that brings their keyring" \
    has 'After=modprobe@nfs.service local-fs.target' rpctls-identities.service
verdict "pre-shared keys come before NVMe/TCP connections" \
    has 'Before=nvmf-autoconnect.service remote-fs-pre.target shutdown.target' rpctls-psks.service
verdict "a stuck agent is ended" has 'WatchdogSec=30' rpctlsd.service
verdict "requests wait while it is started anew" has 'FileDescriptorStoreMax=1' rpctlsd.service
verdict "the template lives in its namespace" has 'NetworkNamespacePath=/run/netns/%i' rpctlsd@.service
verdict "no mark of the template is left" fails grep -E '^#(host|netns|%)|@sbindir@' \
    "$build/packaging/systemd/rpctlsd.service" "$build/packaging/systemd/rpctlsd@.service" \
    "$build/packaging/systemd/rpctls-identities.service"
exit "$bad"
