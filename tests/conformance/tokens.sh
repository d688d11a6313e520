#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The C face with keys in a token (softhsm2), by URL: the sample program's server and client, each with its key in it.
#
# usage: tests/conformance/tokens.sh BUILD-DIRECTORY
# shellcheck disable=SC2317 # functions that check() calls
set -uo pipefail

build=$(realpath "${1:?the build directory is missing}")
for program in openssl softhsm2-util p11tool "$build/tally-server" "$build/tally-client"; do
    command -v "$program" >/dev/null || { echo "not ok - $program is not there"; exit 1; }
done
. tests/support/checks.sh
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work" || exit 1

export SOFTHSM2_CONF=$work/softhsm2.conf
mkdir tokens
echo "directories.tokendir = $work/tokens" >softhsm2.conf
printf 482913 >pin
chmod 600 pin

certificate() { # NAME SAN-LINE: NAME.pem and NAME.key, of the CA
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" &&
        openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out "$1.pem" \
            -extfile <(printf 'subjectAltName=%s\nkeyUsage=digitalSignature\n' "$2") && chmod 600 "$1.key"
}
issue() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=Test CA" -keyout ca.key -out ca.pem \
        -days 2 -addext keyUsage=critical,keyCertSign && certificate server DNS:server.example && certificate client DNS:client.example
}
into_token() {
    softhsm2-util --init-token --free --label lab --so-pin 1234 --pin 482913 || return
    local name number=1
    for name in server client; do
        softhsm2-util --import "$name.key" --token lab --label "$name" --id "0$number" --pin 482913 &&
            GNUTLS_PIN=482913 p11tool --batch --login --write --load-certificate "$name.pem" --label "$name" --id "0$number" \
                --no-mark-private pkcs11:token=lab || return
        rm "$name.key"
        number=$((number + 1))
    done
}
url() { echo "pkcs11:token=lab;object=$1;type=$2?pin-source=$work/pin"; }

start() {
    rm -f port
    "$build/tally-server" 0 mtls "$@" ca.pem >port 2>audit &
    server=$!
    for _ in {1..100}; do
        [ -s port ] && return 0
        kill -0 $server || break
        sleep 0.1
    done
    cat audit
    server=
    return 1
}
stop() {
    kill "$server"
    wait "$server"
    server=
}
# tally CERTIFICATE KEY: a client that proves itself by them is served, as the client.
tally() {
    timeout 20 "$build/tally-client" "$(sed -n 's/^port //p' port)" 3 server.example ca.pem "$@" >said 2>&1
    cat said
    grep -q 'client "CN=client"' said
}

check "a CA and two identities are made" issue
check "both keys and certificates go into a token, and the keys' files away" into_token
# Not in a check, which is another process: the server is this one's.
for certificate in server.pem "$(url server cert)"; do
    case $certificate in pkcs11:*) where="its certificate and key" ;; *) where="its key" ;; esac
    start "$certificate" "$(url server private)" >started 2>&1 || cat started
    check "a server starts with $where in the token" test -n "$server"
    [ -n "$server" ] || continue
    check "a client with its key in the token is served by it" tally client.pem "$(url client private)"
    check "and one with its certificate there as well" tally "$(url client cert)" "$(url client private)"
    stop
done
start server.pem "$(url server private)" >started 2>&1
refused() { # REASON KEY
    tally client.pem "$2"
    grep -q "$1" said
}
check "another certificate's key is refused" refused 'does not belong' "$(url server private)"
check "so is a key that is not there" refused 'cannot use the private key' "$(url nobody private)"
check "and a URL with its PIN in it" refused 'has its PIN in it' \
    "pkcs11:token=lab;object=client;type=private?pin-value=482913"
check "no PIN is in what was said" fails grep -r 482913 said audit
[ -z "$server" ] || stop
exit "$failed"
