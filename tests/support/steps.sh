# shellcheck shell=bash
# step TITLE COMMAND…: runs a command whose output only matters when it fails; shows how long it took.
step() {
    local title=$1 log start status=0
    shift
    log=$(mktemp)
    start=$EPOCHREALTIME
    printf '  %-28s' "$title" >&2
    "$@" >"$log" 2>&1 </dev/null || status=$?
    local elapsed=$(((${EPOCHREALTIME/./} - ${start/./}) / 100000))
    if [ "$status" -eq 0 ]; then
        printf 'ok   %4d.%d s\n' $((elapsed / 10)) $((elapsed % 10)) >&2
    else
        printf 'FAILED (status %d)\n' "$status" >&2
        tail -n 60 "$log" >&2
    fi
    rm -f "$log"
    return "$status"
}
