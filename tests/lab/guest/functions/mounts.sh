# Mounts that must fail, and what is said of them.
# shellcheck shell=bash disable=SC2154  # lab_state: functions.sh

# fails_as NAME COMMAND...: a mount by that command fails as mounts do, and the explanation is of that class.
fails_as() {
    local name=$1 said status=0
    shift
    said=$(RPCTLS_JSON=1 "$@" 2>&1 </dev/null) || status=$?
    echo "status $status: $said"
    [[ $status = 32 ]] || return
    grep '^{' <<<"$said" >"$lab_state/explanation"
    jq -e --arg name "$name" '.name == $name and (.what | length > 0)' "$lab_state/explanation" >/dev/null || {
        echo "expected $name"
        return 1
    }
}

# explained NAME OPTIONS SOURCE [PATTERN]: mounting SOURCE at /mnt/nfs fails, in less than nine seconds, for that; nothing is
# mounted then; and the pattern is found in the explanation, facts and hint included.
explained() {
    local began=${EPOCHREALTIME/./} took
    fails_as "$1" mount -t nfs -o "$2" "$3" /mnt/nfs || return
    took=$(((${EPOCHREALTIME/./} - began) / 1000))
    echo "$took ms"
    echo "$took $1" >>"$lab_state/explained"
    ((took < 9000)) && fails mountpoint -q /mnt/nfs && jq -e --arg pattern "${4:-.}" 'tojson | test($pattern)' "$lab_state/explanation"
}
