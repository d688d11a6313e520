#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# Handshakes for programs: one without rights and keys speaks kTLS with nfsd and with its like, by the agent's identities,
# as far as [service.NAME] lets it; refusals; the agent's sudden end.
# shellcheck disable=SC2154  # lab_agent_pid: the lab's functions
set -uo pipefail

pki=/run/pki
secret=the-secret-nobody-may-see
caller=$(dirname "$(readlink -f "$0")")/service_caller.py
# Not libtool's wrapper: the program itself, with the installed library.
example=/lab/repo/build/.libs/agent-null-call
mkdir -p /etc/rpctls
cd /tmp || exit 1

# as USER COMMAND…: with that user's own group and no other.
as() { setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"; }
in_log() { agent_log | grep -E "$1" >/dev/null; } # not -q: under pipefail an early end of grep is a failure

issue_credentials "$pki"
check_that "a client's identity is stored" tlsctl identity add caller --cert "$pki/client.pem" --key "$pki/client.key"
check_that "a server's identity is stored" tlsctl identity add callee --cert "$pki/server.pem" --key "$pki/server.key"
for identity in caller callee; do
    check_that "www-data cannot read the key of $identity" \
        fails as www-data cat "/etc/rpctls/identities/$identity/key.pem"
done
cat >/etc/rpctls/rpctls.conf <<CONF
[authenticate.client]
x509.truststore=$pki/ca.pem
[authenticate.server]
x509.truststore=$pki/ca.pem
x509.certificate=$pki/server.pem
x509.private_key=$pki/server.key

[clients.laboratory]
san=*.example

[service.null-calls]
users=www-data
identity=none, caller
[service.echo]
users=daemon
groups=mail
roles=client, server
identity=caller, callee
[service.gone]
users=nobody-of-that-name
CONF
check_that "--check shows the policy" prints '^\[service.echo\] for users 1 and groups 8: roles client,server' \
    rpctlsd --check
check_that "a user that is not there is told" prints 'there is no user nobody-of-that-name' rpctlsd --check
check_that "the agent starts" start_agent rpctlsd
check_that "the server starts" start_nfs_server xprtsec=none:tls:mtls

note "an example in C, as www-data, with nfsd"
before=$(ktls_counter TlsTxSw)
capture_start /tmp/null.pcap port 2049
check_that "nfsd answers its call inside TLS" prints '^answered$' \
    as www-data "$example" server.example 127.0.0.1 2049 100003 4
check_that "with an identity too" prints '^answered$' \
    as www-data "$example" --identity caller server.example 127.0.0.1 2049 100003 4
capture_stop
check_that "the kernel counts both ends of both" test "$(ktls_counter TlsTxSw)" -eq $((before + 4))
check_that "no record was refused" test "$(ktls_counter TlsDecryptError)" = 0
check_that "the call is not on the wire" test "$(capture_hits /tmp/null.pcap rpct)" = 0
check_that "the probe is" test "$(capture_hits /tmp/null.pcap STARTTLS)" -ge 2
check_that "nfsd's end saw the client's proof" in_log 'as server: mode=mutual-x509, .*peer "CN=client'
check_that "the log tells for whom the agent did it" \
    in_log 'handshake with server.example \(127.0.0.1\) for uid 33 \(pid [0-9]+\) as client: mode=mutual-x509'
check_that "a server of another name is refused" prints 'server-name-mismatch' \
    as www-data "$example" other.example 127.0.0.1 2049 100003 4

note "what the policy does not allow"
refused() { prints '^service-not-allowed untouched' as "$1" python3 "$caller" "${@:2}"; }
socat -u TCP-LISTEN:8000,fork,reuseaddr OPEN:/dev/null & # takes everything and says nothing
silent=$!
eventually 10 sh -c 'ss -Hltn | grep -q :8000'
check_that "a user of no section" refused bin client server.example 127.0.0.1 8000 x
check_that "an identity of another section" refused www-data client server.example 127.0.0.1 8000 x callee
check_that "the settings' own certificate" refused www-data client server.example 127.0.0.1 8000 x configured
check_that "an anonymous client where an identity is allowed" refused daemon client server.example 127.0.0.1 8000 x none
as www-data python3 "$caller" server 3000 caller >/tmp/refused.log 2>&1 &
eventually 10 grep -q listening /tmp/refused.log
check_that "its peer is turned away" fails openssl s_client -connect 127.0.0.1:3000 </dev/null
check_that "the role of a server" grep -q '^refused service-not-allowed untouched' /tmp/refused.log
check_that "the log names the user and the way out" in_log 'for uid 33 .*hint: allow it with users='

note "both ends by the agent, as daemon and as somebody of the group mail"
REQUIRE=yes as daemon python3 "$caller" server 3001 callee >/tmp/server.log 2>&1 &
server=$!
eventually 10 grep -q listening /tmp/server.log
capture_start /tmp/echo.pcap port 3001
check_that "words come back" prints "^echo $secret\$" \
    setpriv --reuid=nobody --regid=nogroup --groups=mail python3 "$caller" client server.example 127.0.0.1 3001 "$secret" caller
capture_stop
check_that "nobody reads them on the way" test "$(capture_hits /tmp/echo.pcap "$secret")" = 0
check_that "the server knows its client" grep -q '^peer CN=client dns client.example tag laboratory spki [0-9a-f]\{64\} ' /tmp/server.log
check_that "a client that proves nothing is refused" prints 'alert certificate required' \
    sh -c "echo | openssl s_client -connect 127.0.0.1:3001 -alpn sunrpc -tls1_3 -ign_eof"
check_that "the server says why" grep -q '^refused certificate-missing ended' /tmp/server.log

note "a session outlives the agent"
as daemon python3 "$caller" client server.example 127.0.0.1 3001 one,wait:/tmp/go,two caller >/tmp/client.log 2>&1 &
client=$!
check_that "a session begins" eventually 10 grep -q '^echo one' /tmp/client.log
binding=$(sed -n 's/.* binding \([0-9a-f]\{64\}\) .*/\1/p' /tmp/client.log)
check_that "both ends have one channel binding" grep -q " binding ${binding:-none} " /tmp/server.log
check_that "the agent ends" stop_agent
touch /tmp/go
check_that "the session goes on" eventually 10 grep -q '^echo two' /tmp/client.log
wait $client
check_that "without an agent nothing is begun" prints '^agent-absent untouched' \
    as daemon python3 "$caller" client server.example 127.0.0.1 3001 x caller

note "an agent that dies in the middle"
check_that "the agent starts anew" start_agent rpctlsd
as daemon python3 "$caller" client server.example 127.0.0.1 8000 x caller >/tmp/client.log 2>&1 &
client=$!
eventually 5 sh -c "ss -Htn dport = :8000 | grep -q ESTAB"
sleep 0.5
disown "$lab_agent_pid" # the shell would tell of its death
kill -KILL "$lab_agent_pid"
begun=$SECONDS
wait $client
check_that "its caller hears of it" grep -q '^agent-silent ended' /tmp/client.log
check_that "at once" test $((SECONDS - begun)) -le 2
lab_agent_pid=''
check_that "the next agent serves again" start_agent rpctlsd
check_that "as before" prints '^echo again$' as daemon python3 "$caller" client server.example 127.0.0.1 3001 again caller

kill $server $silent 2>/dev/null
stop_nfs_server
check_that "the agent ends when asked" stop_agent
agent_log >"${LAB_OUT:-/tmp}/agent.log" 2>/dev/null
lab_finish
