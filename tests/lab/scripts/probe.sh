#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# tlsctl probe against servers not written here: the kernel's nfsd with the distribution's agent, and libtirpc's rpcbind.
set -uo pipefail
note "kernel $(uname -r)"

pki=/run/pki
issue_credentials "$pki"
issue_authority /run/other 'Another CA'
printf '127.0.0.1 twice.lab.example other.lab.example\n127.0.0.5 twice.lab.example\n' >>/etc/hosts

# probed STATUS FILTER ARGUMENTS…: the probe ends with that status, and the jq filter holds for what it prints.
probed() {
    local expected=$1 filter=$2 status=0 said began=${EPOCHREALTIME/./}
    shift 2
    said=$(tlsctl probe "$@" --json) || status=$?
    echo "$(((${EPOCHREALTIME/./} - began) / 1000)) ms, status $status: $said"
    [[ $status = "$expected" ]] && jq -e "$filter" <<<"$said" >/dev/null
}
trusting=(--ca "$pki/ca.pem")
server=nfs1.lab.example

check_that "nothing listens yet" \
    probed 1 '.error.name == "connection-refused" and .verdict == "no-answer"' "$server" "${trusting[@]}"
start_nfs_server xprtsec=tls:mtls
check_that "nfsd offers TLS without an agent; the handshake's failure points there" \
    probed 1 '.offer == "offered" and .verdict == "tls-fails" and .error.stage == "handshake" and
        (.error.hint | test("rpctlsd"))' "$server" "${trusting[@]}"

configure_tlshd --truststore "$pki/ca.pem" --cert "$pki/server.pem" --key "$pki/server.key"
start_agent tlshd
check_that "nfsd with the distribution's agent passes every stage" \
    probed 0 '.verdict == "tls-works" and .tls.version == "TLS 1.3" and .tls.server_verified and
        .null_call_answered and (.stages | map(.stage)) == ["resolve", "connect", "probe", "handshake", "rpc"] and
        .client_certificate == {"requested": true, "sent": false}' "$server" "${trusting[@]}"
check_that "its ALPN is absent, or sunrpc" probed 0 '.tls.alpn == null or .tls.alpn == "sunrpc"' "$server" "${trusting[@]}"
check_that "by address too" probed 0 '.address == "127.0.0.1"' 127.0.0.1 "${trusting[@]}"
check_that "a client certificate is proved" \
    probed 0 '.client_certificate.sent' "$server" "${trusting[@]}" --cert "$pki/client.pem" --key "$pki/client.key"
issue_certificate /run/other stranger --client
check_that "a client certificate of another CA is refused, and that is said" \
    probed 1 '.error.name == "client-certificate-refused"' \
    "$server" "${trusting[@]}" --cert /run/other/stranger.pem --key /run/other/stranger.key
check_that "another CA is not trusted" probed 1 '.error.name == "ca-not-trusted"' "$server" --ca /run/other/ca.pem
check_that "another name is named" \
    probed 1 '.error.name == "server-name-mismatch"' "$server" "${trusting[@]}" --server-name other.example
check_that "a version that is not there: TLS works all the same" \
    probed 1 '.verdict == "rpc-fails" and .error.name == "version-mismatch" and .tls.version == "TLS 1.3"' \
    "$server" "${trusting[@]}" --vers 9
check_that "a program that is not there: TLS works all the same" \
    probed 1 '.verdict == "rpc-fails" and .error.name == "program-unavailable" and .tls.version == "TLS 1.3"' \
    "$server:2049" "${trusting[@]}" --program 400000

# --- many at once
check_that "a server, one whose name is not in the certificate, a closed port, an unknown name: in that order" \
    probed 1 '[.servers[].verdict] == ["tls-works", "tls-fails", "no-answer", "no-answer"] and .probed == 4 and
        .servers[1].error.name == "server-name-mismatch" and .servers[2].error.name == "connection-refused" and
        .servers[3].error.name == "name-not-found"' \
    "$server" other.lab.example "$server:2050" nobody.lab.example "${trusting[@]}"
printf '%s\n' nfs{1..9}.lab.example >/tmp/servers
check_that "nine servers of a file, three times each" \
    probed 0 '.verdicts == {"tls-works": 9} and ([.servers[] | select(.attempts == 3 and .ms.max >= .ms.min)] | length) == 9' \
    --hosts /tmp/servers --repeat 3 "${trusting[@]}"
check_that "from standard input as well" sh -c \
    'tlsctl probe --hosts - --json --ca '"$pki"'/ca.pem </tmp/servers | jq -e ".probed == 9"'
check_that "STARTTLS alone needs no trust" \
    probed 0 '.verdicts == {"tls-offered": 9} and ([.servers[].stages | length] | unique) == [3]' \
    --hosts /tmp/servers --starttls-only
check_that "each address of a name; certificates must have the name" \
    probed 1 '[.servers[].address] == ["127.0.0.1", "127.0.0.5"] and
        ([.servers[].error.name] | unique) == ["server-name-mismatch"]' --all twice.lab.example "${trusting[@]}"
check_that "or the one that is said" \
    probed 0 '.verdicts == {"tls-works": 2}' --all twice.lab.example "${trusting[@]}" --server-name "$server"

if command -v rpcbind >/dev/null; then
    rpcbind -w 2>/dev/null || rpcbind
    eventually 5 bash -c ': </dev/tcp/127.0.0.1/111'
    check_that "R-4.1-16 libtirpc without TLS refuses, and that is an answer" \
        probed 1 '.verdict == "no-tls" and .offer == "refused" and .error.name == "tls-refused"' \
        "$server" "${trusting[@]}" --program rpcbind
else
    check_that "rpcbind is in the tree" false
fi
stop_agent
stop_nfs_server
lab_finish
