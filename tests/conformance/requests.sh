#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Requests and revocation lists go to and come from other software: openssl's and certtool's CA signs what tlsctl asks for,
# tlsctl signs what they ask for, and they judge by its list. And what other PKIs renew is taken by their deploy hooks.
#
# usage: tests/conformance/requests.sh BUILD-DIRECTORY
# shellcheck disable=SC2317 # functions that check() calls
set -uo pipefail

build=$(realpath "${1:?the build directory is missing}")
tlsctl=$build/tlsctl/tlsctl
for program in "$tlsctl" openssl certtool jq; do
    command -v "$program" >/dev/null || { echo "not ok - $program is not there"; exit 1; }
done
. tests/support/checks.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# answers STATUS FILTER COMMAND…: tlsctl's status, and what jq says of its JSON.
answers() {
    local expected=$1 filter=$2 status=0 said
    shift 2
    said=$("$tlsctl" "$@" --json) || status=$?
    echo "status $status: $said"
    [ "$status" = "$expected" ] && jq -e "$filter" <<<"$said" >/dev/null
}
public_of() { openssl pkey -in "$1" -pubout 2>/dev/null; }
certified_of() { openssl x509 -in "$1" -noout -pubkey 2>/dev/null; }

# --- what tlsctl asks for
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -subj '/CN=Root' \
    -days 30 2>/dev/null
for type in ecdsa-p256 ecdsa-p384 rsa ed25519; do
    check "$type: a request is made" "$tlsctl" cert request "$type" --out . --key-type "$type" --profile server \
        --dns nfs1.example --ip 192.0.2.7
    check "$type: its key is for its owner alone" test "$(stat -c %a "$type.key")" = 600
    check "$type: openssl finds it sound" openssl req -in "$type.csr" -noout -verify
    check "$type: certtool reads it" certtool --crq-info --infile "$type.csr"
    check "$type: openssl's CA signs it, names and all" openssl x509 -req -in "$type.csr" -CA root.pem -CAkey root.key \
        -CAcreateserial -copy_extensions copy -days 20 -out "$type.pem"
    check "$type: what comes back will do" "$tlsctl" cert check "$type.pem" --key "$type.key" --ca root.pem --host nfs1.example \
        --days 7
    check "$type: and becomes an identity" "$tlsctl" identity add "$type" --root host --cert "$type.pem" --key "$type.key"
done
check "a key that is there is asked for again" "$tlsctl" cert request again --csr again.csr --existing-key rsa.key --profile client
check "with the same key" test "$(openssl req -in again.csr -noout -pubkey)" = "$(public_of rsa.key)"
check "no other file is made" test ! -e again.key
check "files are not replaced" fails "$tlsctl" cert request rsa --out . --profile server --dns nfs1.example
check "and the key is the same" test "$(public_of rsa.key)" = "$(certified_of rsa.pem)"

# --- what tlsctl signs
"$tlsctl" ca init --ca-dir ca --name 'Lab CA' >/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout o.key -out o.csr -subj '/CN=o.example' \
    -addext 'subjectAltName=DNS:o.example,IP:192.0.2.8' 2>/dev/null
certtool --generate-privkey --key-type=ecdsa --curve=secp256r1 --outfile c.key 2>/dev/null
printf 'cn = "c.example"\ndns_name = "c.example"\nca\ncert_signing_key\n' >c.template
certtool --generate-request --load-privkey c.key --template c.template --outfile c.csr 2>/dev/null
openssl req -in o.csr -outform DER -out o.der
check "openssl's request is shown, and nothing signed" \
    answers 0 '(.signed | not) and .asked.names.dns == ["o.example"]' cert sign o.csr --ca-dir ca --profile client --out . --show
check "and signed, from DER as well" answers 0 .signed cert sign o.der --ca-dir ca --profile client --out .
check "openssl accepts what comes of it" \
    openssl verify -x509_strict -purpose sslclient -verify_hostname o.example -CAfile ca/ca.pem o.example.pem
check "certtool's request, which asks to be a CA, is signed" answers 0 .signed cert sign c.csr --ca-dir ca --profile server --out .
check "and is none" sh -c 'openssl x509 -in c.example.pem -noout -ext basicConstraints | grep -q CA:FALSE'
check "openssl accepts it as a server" \
    openssl verify -x509_strict -purpose sslserver -verify_hostname c.example -CAfile ca/ca.pem c.example.pem
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout t.key -out t.csr -subj '/CN=thief' \
    -addext 'subjectAltName=DNS:C.example' 2>/dev/null
check "a name that is another's is not given away" \
    answers 4 '.error.name == "name-taken"' cert sign t.csr --ca-dir ca --profile server --out .
check "unless somebody says so" answers 0 .signed cert sign t.csr --ca-dir ca --profile server --out . --dns t.example
openssl req -newkey rsa:1024 -nodes -keyout w.key -out w.csr -subj '/CN=weak' 2>/dev/null
check "a weak key is not signed" fails "$tlsctl" cert sign w.csr --ca-dir ca --profile client --out .
check "and no file is left" test ! -e weak.pem
sed '3s/[A-Z]/a/g' o.csr >damaged.csr
check "a damaged request is not signed" fails "$tlsctl" cert sign damaged.csr --ca-dir ca --profile client --out . --name d

# --- what tlsctl takes back
check "one is taken back" answers 0 '.crl.number == 1' cert revoke o.example --ca-dir ca --reason superseded
check "openssl refuses it by the list" \
    sh -c 'openssl verify -CAfile ca/ca.pem -CRLfile ca/crl.pem -crl_check o.example.pem 2>&1 | grep "certificate revoked"'
check "and accepts another" openssl verify -CAfile ca/ca.pem -CRLfile ca/crl.pem -crl_check c.example.pem
check "openssl reads the reason" sh -c 'openssl crl -in ca/crl.pem -noout -text | grep -q Superseded'
check "certtool reads the list" sh -c 'certtool --crl-info --infile ca/crl.pem | grep -q "Revoked certificates (1)"'
check "certtool refuses the certificate by it" \
    fails certtool --verify --load-ca-certificate ca/ca.pem --load-crl ca/crl.pem --infile o.example.pem
serial=$(openssl x509 -in c.example.pem -noout -serial | sed 's/serial=//')
check "another by its serial, as openssl writes it" answers 0 '.crl.number == 2 and (.crl.revoked | length) == 2' \
    cert revoke "$serial" --ca-dir ca
check "openssl refuses that, too" fails openssl verify -CAfile ca/ca.pem -CRLfile ca/crl.pem -crl_check c.example.pem
check "a foreign certificate is refused" answers 4 '.error.name == "certificate-foreign"' cert revoke ./rsa.pem --ca-dir ca
check "an unknown serial, too" answers 4 '.error.name == "certificate-unknown"' cert revoke 00112233445566778899 --ca-dir ca
check "the list is dated anew" answers 0 '.written and .crl.number == 3 and (.crl.revoked | length) == 2' ca crl --ca-dir ca
check "openssl finds it sound" sh -c 'openssl crl -in ca/crl.pem -noout -CAfile ca/ca.pem 2>&1 | grep -q "verify OK"'

# Runs at the same time wait for each other: none of ten revocations is lost.
for i in {1..10}; do "$tlsctl" cert issue "many$i" --ca-dir ca --out . --profile client >/dev/null; done
for i in {1..10}; do "$tlsctl" cert revoke "many$i" --ca-dir ca >/dev/null & done
wait
check "ten at once are all in the list" answers 0 '(.crl.revoked | length) == 12 and .crl.number == 13' ca show --ca-dir ca

# --- deploy hooks: as each tool lays its files, tlsctl-identity(8)
renewed() { # TOOL CERTIFICATE-FILE KEY-FILE
    local directory=renewed-$1 name=hook-$1
    mkdir -p "$directory"
    "$tlsctl" cert issue "$name" --ca-dir ca --cert first.pem --key first.key --profile client --force >/dev/null
    "$tlsctl" identity add "$name" --root host --cert first.pem --key first.key >/dev/null
    "$tlsctl" cert issue "$name" --ca-dir ca --cert "$directory/$2" --key "$directory/$3" --profile client >/dev/null
    "$tlsctl" identity update "$name" --root host --from "$directory" &&
        cmp "$directory/$2" "host/etc/rpctls/identities/$name/cert.pem"
}
check "certbot's deploy hook" renewed certbot fullchain.pem privkey.pem
check "cert-manager's secret" renewed cert-manager tls.crt tls.key
check "spiffe-helper's files" renewed spire svid.0.pem svid.0.key
check "step's and Vault agent's" renewed step cert.pem key.pem

exit "$failed"
