#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The road from nothing to a mutual-TLS NFS mount, walked inside the lab's kernel with the project's own programs.
# Prints each step as it happens and leaves one JSON object a step in $LAB_OUT/steps.
set -uo pipefail

secret="correct horse battery staple $RANDOM$RANDOM"
server=nfs1.lab.example
mounted=/mnt/nfs
capture=/tmp/wire.pcap
mkdir -p "$mounted"
: >"$LAB_OUT/steps"

# demo_step NAME TITLE COMMAND…: the command's last line is the result that is shown; its status decides.
demo_step() {
    local name=$1 title=$2 output status=0 start=$EPOCHREALTIME ms ok=true mark=ok
    shift 2
    printf '  %-42s' "$title"
    output=$("$@" 2>&1 </dev/null) || status=$?
    ms=$(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
    ((status == 0)) || { ok=false; mark=FAILED; }
    printf '%-7s %5d ms  %s\n' "$mark" "$ms" "$(tail -n 1 <<<"$output")"
    jq -cn --arg step "$name" --arg title "$title" --argjson ok "$ok" --argjson ms "$ms" \
        --arg result "$(tail -n 1 <<<"$output")" '{$step, $title, $ok, $ms, $result}' >>"$LAB_OUT/steps"
    if ((status != 0)); then
        printf '%s\n' "$output" | sed 's/^/      | /'
        agent_log | tail -n 20 | sed 's/^/      agent | /'
        exit 1
    fi
}

make_credentials() {
    tlsctl ca init --name 'Demo CA' &&
        tlsctl cert issue server --profile server --dns "$server" --ip 127.0.0.1 --out /etc/rpctls/certs &&
        tlsctl cert issue client --profile client --dns client.example --out /etc/rpctls/certs &&
        tlsctl identity add lab --cert /etc/rpctls/certs/client.pem --key /etc/rpctls/certs/client.key || return
    cat >/etc/rpctls/rpctls.conf <<EOF
[authenticate.client]
x509.truststore=/etc/rpctls/ca/ca.pem
[authenticate.server]
x509.truststore=/etc/rpctls/ca/ca.pem
x509.certificate=/etc/rpctls/certs/server.pem
x509.private_key=/etc/rpctls/certs/server.key
EOF
    echo "a CA, a server certificate, a client identity \"lab\""
}

take_over() {
    rpctls-takeover enable && echo "mount -t nfs now goes through our helper"
}

probe_server() {
    tlsctl probe "$server" --identity lab --json >/tmp/probe.json || { cat /tmp/probe.json; return 1; }
    jq -r '"\(.tls.version), \(.tls.cipher), \(.tls.group)"' /tmp/probe.json
}

check_agent() {
    local loaded
    loaded=$(rpctlsd --check) || { echo "$loaded"; return 1; }
    loaded=${loaded##*server: }
    echo "in the kernel's group, serving as ${loaded%% (*}"
}

export_data() {
    start_nfs_server xprtsec=mtls:tls || return
    exportfs -v | tr -d '\n' | grep -o '/srv/data.*xprtsec=[a-z:]*' | sed 's/[[:space:]].*xprtsec/ xprtsec/'
}

refuse_plaintext() {
    local said
    if said=$(mount -t nfs -o vers=4.2,xprtsec=none "$server:/" "$mounted" 2>&1); then
        umount "$mounted"
        echo "the server let plaintext in"
        return 1
    fi
    echo "refused: ${said##*: }"
}

mount_with() { # SECURITY OPTIONS
    mount -t nfs -o "vers=4.2,xprtsec=$1${2:+,$2}" "$server:/" "$mounted" || return
    mounted_with "$mounted" "xprtsec=$1" || { echo "the kernel does not say xprtsec=$1"; return 1; }
    echo "the kernel confirms xprtsec=$1"
}

round_trip() {
    echo "$secret" >"$mounted/file" && sync "$mounted/file" || return
    grep -qF "$secret" /srv/data/file || { echo "the server does not have what the client wrote"; return 1; }
    echo 3 >/proc/sys/vm/drop_caches
    echo "answer to $secret" >/srv/data/answer
    grep -qF "answer to $secret" "$mounted/answer" || { echo "the client does not see what the server wrote"; return 1; }
    echo "written on the client, read on the server, and back"
}

search_wire() {
    local hits probes
    capture_stop
    hits=$(capture_hits "$capture" "$secret")
    probes=$(capture_hits "$capture" STARTTLS)
    # The probe's answer is in clear: finding it shows that the search would have found the secret too.
    ((probes > 0)) || { echo "the capture does not even have the STARTTLS answers"; return 1; }
    echo "the secret: $hits hits; the STARTTLS token, which is in clear: $probes"
    ((hits == 0))
}

count_ktls() {
    local sent received errors
    sent=$(ktls_counter TlsTxSw) received=$(ktls_counter TlsRxSw) errors=$(ktls_counter TlsDecryptError)
    echo "kernel TLS sessions: $sent transmitting, $received receiving, $errors decryption errors"
    ((sent >= 4 && received >= 4 && errors == 0))
}

echo "Linux $(uname -r), nfs-utils $(dpkg-query -W -f '${Version}' nfs-common), our own agent, helper and tool"
demo_step credentials "tlsctl makes the credentials" make_credentials
demo_step takeover "our mount helper takes over" take_over
# Not in a subshell: the functions remember the agent and the capture.
start_agent rpctlsd || exit 1
demo_step agent "rpctlsd serves the kernel's handshakes" check_agent
demo_step export "nfsd exports with xprtsec=mtls:tls" export_data
demo_step probe "tlsctl probes the kernel's nfsd" probe_server
demo_step plaintext-refused "a mount without TLS" refuse_plaintext
capture_start "$capture" port 2049 || exit 1
demo_step tls-mount "mount -o xprtsec=tls" mount_with tls
umount "$mounted"
demo_step mtls-mount "mount -o xprtsec=mtls,tls_identity=lab" mount_with mtls tls_identity=lab
demo_step data "data through it" round_trip
umount "$mounted"
demo_step wire "the wire, searched" search_wire
demo_step ktls "the kernel's TLS counters" count_ktls
stop_nfs_server
stop_agent
