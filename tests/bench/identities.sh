#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# How long tlsctl takes to list, check and restore many identities.
#
# usage: tests/lab/run --suite sid tests/bench/identities.sh [COUNT [ROUNDS]]
#
# The identities are COUNT directories with ten different P-256 certificates and their keys. The median of ROUNDS runs, in
# milliseconds; restoring to an empty keyring once.
set -uo pipefail
count=${1:-1000} rounds=${2:-7}
store=/etc/rpctls/identities

tlsctl ca init >/dev/null
for i in {0..9}; do
    tlsctl cert issue "c$i" --profile client --dns "c$i.example" >/dev/null
    tlsctl identity add "id$i" --cert "/etc/rpctls/certs/c$i.pem" --key "/etc/rpctls/certs/c$i.key" >/dev/null
done
for ((i = 10; i < count; i++)); do
    cp -a "$store/id$((i % 10))" "$store/id$i"
done

once() { # COMMAND…: milliseconds
    local start=$EPOCHREALTIME
    "$@" >/dev/null || echo "failed: $*" >&2
    echo $(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
}
median() {
    local i
    for ((i = 0; i < rounds; i++)); do once "$@"; done | sort -n | sed -n "$(((rounds + 1) / 2))p"
}
row() { printf '%-46s %6s ms\n' "$@"; }

row "nothing to do: identity show of one" "$(median tlsctl identity show id0)"
row "the first restore of $count" "$(once tlsctl identity restore)"
row "restore, all there already" "$(median tlsctl identity restore)"
row "list" "$(median tlsctl identity list)"
row "list --check 30" "$(median tlsctl identity list --check 30)"
row "add to $count" "$(once tlsctl identity add one-more --cert /etc/rpctls/certs/c0.pem --key /etc/rpctls/certs/c0.key)"
row "update" "$(median tlsctl identity update one-more --cert /etc/rpctls/certs/c1.pem --key /etc/rpctls/certs/c1.key)"
row "remove" "$(once tlsctl identity remove one-more)"
