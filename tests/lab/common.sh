# Sourced by the host-side programs of the lab: names and messages they share.
# shellcheck shell=bash

# Exit statuses of the lab itself; any other is the script's own. README.md lists them.
# shellcheck disable=SC2034  # used by those who source this
readonly lab_timed_out=124 lab_failed=125 lab_not_installable=77

lab_cache=${RPCTLS_LAB:-${XDG_CACHE_HOME:-$HOME/.cache}/rpctls-lab}
lab_program=${0##*/}

lab_say() { printf 'lab %s: %s\n' "$lab_program" "$*" >&2; }

lab_die() {
    local status=$1
    shift
    lab_say "$*"
    exit "$status"
}

# lab_list FILE: the words of a package list, one a line.
lab_list() { sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$1"; }
