#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every command of tlsctl, found by walking its own table: has it help with examples, and does its man page name it? And
# does bash complete it, typed at a prompt? And are failures of mounts in the manual?
#
# usage: tests/conformance/commands.sh BUILD-DIRECTORY
set -uo pipefail

build=$(realpath "${1:?the build directory is missing}")
source=$(cd "$(dirname "$0")/../.." && pwd)
tlsctl=$build/tlsctl/tlsctl
for program in "$tlsctl" man script; do
    command -v "$program" >/dev/null || { echo "not ok - $program is not there"; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
verdict() { # TITLE, with the status of the command before and what it said in $work/output
    # shellcheck disable=SC2181
    if [ $? -eq 0 ]; then
        echo "ok - $1"
    else
        echo "not ok - $1"
        sed 's/^/# /' "$work/output"
        failed=1
    fi
}

# below WORD…: the commands that may follow.
below() { "$tlsctl" __complete --root "$work" "$@" '' | sed '1d; s/\t.*//'; }
leaves() {
    local next found=no
    for next in $(below "$@"); do
        found=yes
        leaves "$@" "$next"
    done
    [ "$found" = yes ] || echo "$*"
}
leaves >"$work/leaves"
[ "$(wc -l <"$work/leaves")" -ge 15 ] && grep -qx 'identity show' "$work/leaves"
verdict "the table of commands can be walked ($(wc -l <"$work/leaves") commands)"

page_of() { # GROUP: a page of its own, or the overview
    if [ -e "$source/man/tlsctl-$1.8" ]; then echo "$source/man/tlsctl-$1.8"; else echo "$source/man/tlsctl.8"; fi
}
while read -r -a words; do
    "$tlsctl" "${words[@]}" --help >"$work/output" 2>&1 && grep -q '^EXAMPLES' "$work/output" &&
        grep -q "^  .*tlsctl ${words[*]}" "$work/output"
    verdict "tlsctl ${words[*]} --help has examples of it"
    page=$(page_of "${words[0]}")
    MANWIDTH=160 man --warnings -l "$page" 2>"$work/warnings" | col -bx >"$work/text"
    cat "$work/warnings" >"$work/output"
    [ ! -s "$work/warnings" ] && tr -s ' \n' ' ' <"$work/text" | grep -qF "tlsctl ${words[*]}"
    verdict "$(basename "$page") names tlsctl ${words[*]}"
done <"$work/leaves"

# The names of failures that the lab's scripts ask for are what administrators look up.
MANWIDTH=500 man --no-hyphenation -l "$source/man/mount.nfstls.8" 2>/dev/null >"$work/page"
grep -hoE '(explained|fails_as) [a-z0-9]+-[a-z0-9-]+' "$source"/tests/lab/scripts/*.sh | sort -u |
    while read -r _ name; do grep -qwF -e "$name" "$work/page" || echo "$name"; done >"$work/output"
[ ! -s "$work/output" ] && grep -qwF agent-silent "$work/page"
verdict "mount.nfstls(8) names every failure that the lab produces"

# At a prompt, as a person types: then the line is put behind an echo, which tells what came of it.
typed() {
    {
        sleep 0.5
        printf ' . %q; PATH=%q:$PATH; PS1=; clear\n' "$source/packaging/completions/tlsctl" "$build/tlsctl"
        sleep 0.5
        printf '%b' "$1"
        sleep 1
        printf '\001echo "GOT<\005>"\nexit\n'
    } | (cd "$work" && TERM=dumb script -qec 'bash --norc --noprofile -i' /dev/null) 2>&1 | tr -d '\r' |
        sed -n 's/^GOT<\(.*\)>$/\1/p' | tail -n 1
}
mkdir -p "$work/etc/rpctls/identities/laptop"
touch "$work/certificate.pem"
while IFS='|' read -r keys expected; do
    got=$(typed "$keys")
    echo "$got" >"$work/output"
    [ "$got" = "$expected" ]
    verdict "bash makes \"$expected\" of \"$keys\""
done <<EOF
tlsctl iden\t|tlsctl identity 
tlsctl identity up\t|tlsctl identity update 
tlsctl setup cl\t--serv\t|tlsctl setup client --server 
tlsctl --root $work identity show la\t|tlsctl --root $work identity show laptop 
tlsctl identity add x --cert cert\t|tlsctl identity add x --cert certificate.pem 
EOF
exit "$failed"
