# Checks and what came of them. The host's ./check counts the lines `ok - `, `not ok - ` and `skip - `.
# shellcheck shell=bash disable=SC2154  # lab_state: functions.sh

# check_that TITLE COMMAND...: runs the command and says whether it succeeded; its output follows a failure.
check_that() {
    local title=$1 status=0 output=$lab_state/check.$BASHPID
    shift
    "$@" >"$output" 2>&1 </dev/null || status=$?
    echo "$title" >>"$lab_state/checked"
    if ((status == 0)); then
        echo "ok - $title"
    else
        echo "not ok - $title"
        echo "# $* : status $status"
        sed 's/^/# /' "$output"
        echo "$title" >>"$lab_state/failed"
    fi
    rm -f "$output"
}

# skip_that TITLE REASON: a check that cannot be made here.
skip_that() {
    echo "skip - $1 # $2"
    echo "$1" >>"$lab_state/checked"
}

# note WORDS...: for the reader, not counted.
note() { printf '%s\n' "$*" | sed 's/^/# /'; }

# fails COMMAND...: for check_that: the command must not succeed.
fails() { if "$@"; then return 1; fi; }

# prints PATTERN COMMAND...: for check_that: the output must hold a line that matches, whatever the status.
prints() {
    local pattern=$1 printed
    shift
    printed=$("$@" 2>&1) || true
    printf '%s\n' "$printed"
    grep -Eq -e "$pattern" <<<"$printed"
}

# run_cmd COMMAND...: leaves what it printed (both streams) in $output and its exit status in $status; never fails itself.
# shellcheck disable=SC2034  # for the script
run_cmd() {
    status=0
    output=$("$@" 2>&1 </dev/null) || status=$?
}

# eventually SECONDS COMMAND...: tries until the command succeeds, five times a second.
eventually() {
    local tries=$(($1 * 5))
    shift
    while ! "$@"; do
        ((tries-- > 0)) || return 1
        sleep 0.2
    done
}

# lab_finish: ends the script: 0 when checks were made and none failed.
lab_finish() {
    [[ -s $lab_state/checked && ! -s $lab_state/failed ]] || exit 1
    exit 0
}
