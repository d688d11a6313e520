# shellcheck shell=bash
# The count over all suites. A suite speaks in lines "ok - TITLE", "not ok - TITLE", "skip - TITLE # REASON"; one
# that ends badly without naming a failure, or that proves nothing, counts as a failure of its own: a suite that could
# not run is never silent.
passed=0 failed=0 skipped=0
failures=()
logs=${logs:-$(mktemp -d)}

log_of() { echo "$logs/${1//[^A-Za-z0-9._-]/_}.log"; }

# suite NAME COMMAND…
suite() {
    local name=$1 log status=0 start=$SECONDS
    log=$(log_of "$name")
    shift
    printf '\n== %s\n' "$name"
    "$@" 2>&1 </dev/null | tee "$log" || status=${PIPESTATUS[0]}
    count_suite "$name" "$log" "$status" $((SECONDS - start))
}

# suite_beside NAME COMMAND…: the same for a suite that does not mind others at its side, as many as there are CPUs.
# Its output comes whole, in the order of the calls, by suites_settle at the latest.
beside=()
suite_beside() {
    local log most
    most=$(nproc)
    log=$(log_of "$1")
    while [ "$(jobs -pr | wc -l)" -ge "$most" ]; do wait -n || true; done
    (
        start=$SECONDS status=0
        setsid "${@:2}" >"$log" 2>&1 </dev/null &
        echo $! >"$log.session"
        wait $! || status=$?
        rm -f "$log.session"
        if [ -d "$logs" ]; then echo "$status $((SECONDS - start))" >"$log.end"; fi
    ) &
    beside+=("$1" $!)
}

# suites_abandon: ends those that still run, for whoever ends early.
suites_abandon() {
    local file
    for file in "$logs"/*.session; do
        [ ! -e "$file" ] || kill -TERM -- "-$(cat "$file")" || true
    done
}

suites_settle() {
    local name pid log status seconds
    set -- "${beside[@]}"
    beside=()
    while [ $# -gt 0 ]; do
        name=$1 pid=$2
        shift 2
        log=$(log_of "$name")
        wait "$pid" || true
        printf '\n== %s\n' "$name"
        cat "$log"
        read -r status seconds <"$log.end" || status=125 seconds=0
        count_suite "$name" "$log" "$status" "$seconds"
    done
}

# count_suite NAME LOG STATUS SECONDS
count_suite() {
    local name=$1 log=$2 status=$3 seconds=$4 ok not_ok skip
    ok=$(grep -c '^ok - ' "$log" || true)
    not_ok=$(grep -c '^not ok - ' "$log" || true)
    skip=$(grep -c '^skip - ' "$log" || true)
    if [ "$not_ok" -eq 0 ] && [ "$status" -ne 0 ]; then
        echo "not ok - $name ended with status $status"
        not_ok=1
        failures+=("$name ended with status $status; the end of what it printed:"$'\n'"$(tail -n 30 "$log" | sed 's/^/    | /')")
    elif [ "$not_ok" -eq 0 ] && [ "$ok" -eq 0 ] && [ "$skip" -eq 0 ]; then
        echo "not ok - $name ran no test"
        not_ok=1
        failures+=("$name ran no test")
    else
        while IFS= read -r line; do failures+=("$name: ${line#not ok - }"); done < <(grep '^not ok - ' "$log" || true)
    fi
    passed=$((passed + ok)) failed=$((failed + not_ok)) skipped=$((skipped + skip))
    printf -- '-- %s: %d ok, %d not ok, %d skipped, %d s\n' "$name" "$ok" "$not_ok" "$skip" "$seconds"
}

# close_tally: the summary, the closing line, and the status.
close_tally() {
    if [ "$skipped" -gt 0 ]; then
        printf '\nSKIPPED, not proven by this run:\n'
        grep -h '^skip - ' "$logs"/*.log | sort | uniq -c
    fi
    if [ "$failed" -gt 0 ]; then
        printf '\nFailed:\n'
        printf '  %s\n' "${failures[@]}"
    fi
    if [ "$skipped" -gt 0 ]; then
        printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    else
        printf '\n%d passed, %d failed\n' "$passed" "$failed"
    fi
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
