# shellcheck shell=bash
# For scripts that check programs and files: a line for each, as tests/support/tally.sh counts them, and $failed at the
# end. The caller has a directory $work.
failed=0

# check TITLE COMMAND…: its output follows a failure.
check() {
    local title=$1
    shift
    if "$@" >"${work:?}/output" 2>&1 </dev/null; then
        echo "ok - $title"
    else
        echo "not ok - $title"
        sed 's/^/# /' "$work/output"
        # shellcheck disable=SC2034 # for the caller
        failed=1
    fi
}
fails() { ! "$@"; }
