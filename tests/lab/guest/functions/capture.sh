# What went over the wire.
# shellcheck shell=bash disable=SC2154  # lab_state: functions.sh

# capture_start FILE [FILTER]: records the loopback interface; returns when recording has begun.
capture_start() {
    local file=$1
    shift
    : >"$lab_state/capture.log"
    tcpdump -i lo -s 0 -U --immediate-mode -w "$file" "$@" 2>"$lab_state/capture.log" &
    lab_capture_pid=$!
    eventually 10 grep -q 'listening on' "$lab_state/capture.log" || { cat "$lab_state/capture.log" >&2; return 1; }
}

# capture_stop: returns when the file is complete.
capture_stop() {
    # The last packets are on their way from the kernel to tcpdump.
    sleep 0.3
    kill -INT "$lab_capture_pid"
    wait "$lab_capture_pid" || true
}

# capture_hits FILE STRING: how often the string occurs in the recorded bytes.
capture_hits() { { LC_ALL=C grep -aoF -e "$2" "$1" || true; } | wc -l; }
