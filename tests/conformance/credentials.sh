#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Do openssl and certtool accept what tlsctl issues, for the roles and names it is meant for and for no other?
#
# usage: tests/conformance/credentials.sh BUILD-DIRECTORY
# shellcheck disable=SC2317 # functions that check() calls
set -uo pipefail

build=$(realpath "${1:?the build directory is missing}")
tlsctl=$build/tlsctl/tlsctl
for program in "$tlsctl" openssl certtool script ip; do
    command -v "$program" >/dev/null || { echo "not ok - $program is not there"; exit 1; }
done
. tests/support/checks.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# extension FILE NAME: what the certificate says there, as openssl words it.
extension() { openssl x509 -in "$1" -noout -ext "$2" 2>/dev/null | tail -n +2 | sed 's/^ *//'; }
says() { test "$(extension "$1" "$2")" = "$3" || { extension "$1" "$2"; return 1; }; }
mode_is() { test "$(stat -c %a "$2")" = "$1"; }

openssl_accepts() {
    local purpose=$1 leaf=$2
    shift 2
    openssl verify -x509_strict -purpose "$purpose" -CAfile ca/ca.pem "$@" "$leaf"
}
certtool_accepts() {
    certtool --verify --load-ca-certificate ca/ca.pem --infile "$@"
}

for type in ecdsa-p256 ecdsa-p384 rsa ed25519; do
    rm -rf ca
    check "$type: a CA is made" "$tlsctl" ca init --ca-dir ca --name "CA $type" --key-type "$type"
    check "$type: openssl accepts the CA itself" openssl verify -x509_strict -CAfile ca/ca.pem ca/ca.pem
    check "$type: the CA signs certificates only" \
        says ca/ca.pem basicConstraints,keyUsage "$(printf '%s\n' 'CA:TRUE, pathlen:0' 'X509v3 Key Usage: critical' 'Certificate Sign, CRL Sign')"
    for role in server client peer; do
        name=$type-$role
        check "$name: issued" "$tlsctl" cert issue "$name" --ca-dir ca --out . --profile "$role" --key-type "$type" \
            --dns nfs1.example --ip 192.0.2.7 --ip 2001:db8::7
        case $role in
        server) accepted=(sslserver) refused=(sslclient) usages='TLS Web Server Authentication, 1.3.6.1.5.5.7.3.34' ;;
        client) accepted=(sslclient) refused=(sslserver) usages='TLS Web Client Authentication, 1.3.6.1.5.5.7.3.33' ;;
        peer)
            accepted=(sslserver sslclient) refused=()
            usages='TLS Web Server Authentication, 1.3.6.1.5.5.7.3.34, TLS Web Client Authentication, 1.3.6.1.5.5.7.3.33'
            ;;
        esac
        for purpose in "${accepted[@]}"; do
            check "$name: openssl accepts it for $purpose by name" \
                openssl_accepts "$purpose" "$name.pem" -verify_hostname nfs1.example
            check "$name: openssl accepts it for $purpose by IPv4" openssl_accepts "$purpose" "$name.pem" -verify_ip 192.0.2.7
            check "$name: openssl accepts it for $purpose by IPv6" openssl_accepts "$purpose" "$name.pem" -verify_ip 2001:db8::7
        done
        for purpose in "${refused[@]}"; do
            check "$name: openssl refuses it for $purpose" fails openssl_accepts "$purpose" "$name.pem"
        done
        check "$name: openssl refuses it for another name" \
            fails openssl_accepts "${accepted[0]}" "$name.pem" -verify_hostname nfs2.example
        check "$name: certtool accepts it by name" certtool_accepts "$name.pem" --verify-hostname nfs1.example
        check "$name: certtool refuses it for another name" \
            fails certtool_accepts "$name.pem" --verify-hostname nfs2.example
        check "$name: its purposes are those of RFC 9289 and the usual ones" says "$name.pem" extendedKeyUsage "$usages"
        check "$name: its names are those given" says "$name.pem" subjectAltName \
            'DNS:nfs1.example, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7'
        check "$name: openssl reads the key, and it is the certificate's" \
            test "$(openssl pkey -in "$name.key" -pubout)" = "$(openssl x509 -in "$name.pem" -noout -pubkey)"
    done
done

# An issuing CA below a root: its certificate follows the leaf, and the whole leads to the root.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -subj '/CN=Root' \
    -addext keyUsage=critical,keyCertSign -days 30 2>/dev/null
mkdir -p below
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout below/ca.key -out below.csr -subj '/CN=Below' 2>/dev/null
printf '%s\n' 'basicConstraints=critical,CA:TRUE,pathlen:0' 'keyUsage=critical,keyCertSign,cRLSign' \
    'subjectKeyIdentifier=hash' 'authorityKeyIdentifier=keyid' >below.ext
openssl x509 -req -in below.csr -CA root.pem -CAkey root.key -CAcreateserial -days 20 -extfile below.ext \
    -out below/ca.pem 2>/dev/null
check "a CA below a root issues" "$tlsctl" cert issue chained --ca-dir below --out . --profile server --dns nfs1.example
check "its own certificate follows the leaf" test "$(grep -c 'BEGIN CERTIFICATE' chained.pem)" = 2
check "openssl follows the chain to the root" \
    openssl verify -x509_strict -purpose sslserver -CAfile root.pem -untrusted chained.pem chained.pem
check "certtool follows the chain to the root" \
    certtool --verify --load-ca-certificate root.pem --infile chained.pem --verify-hostname nfs1.example

# A CA with constraints, an encrypted key and room for one CA below it.
printf 'open-sesame-open\n' >ca.pass && chmod 600 ca.pass
check "a CA with everything is made" "$tlsctl" ca init --ca-dir strict --path-length 1 --permit-dns storage.example \
    --permit-ip 192.0.2.0/24 --encrypt-key --ca-passphrase-file ca.pass
check "openssl reads its limits" says strict/ca.pem basicConstraints,nameConstraints "$(printf '%s\n' 'CA:TRUE, pathlen:1' \
    'X509v3 Name Constraints: critical' 'Permitted:' 'DNS:storage.example' 'IP:192.0.2.0/255.255.255.0')"
check "openssl opens its key with the passphrase" openssl pkey -in strict/ca.key -passin file:ca.pass -noout
check "and not without" fails openssl pkey -in strict/ca.key -passin pass:x -noout
check "it signs what it permits" "$tlsctl" cert issue strict --ca-dir strict --out . --ca-passphrase-file ca.pass \
    --profile server --dns nfs1.storage.example --ip 192.0.2.7
check "openssl agrees" openssl verify -x509_strict -purpose sslserver -verify_hostname nfs1.storage.example -CAfile strict/ca.pem strict.pem
check "certtool agrees" certtool --verify --load-ca-certificate strict/ca.pem --infile strict.pem --verify-hostname nfs1.storage.example
check "it signs a client without names" "$tlsctl" cert issue nameless --ca-dir strict --out . --ca-passphrase-file ca.pass --profile client
check "openssl accepts that" openssl verify -x509_strict -purpose sslclient -CAfile strict/ca.pem nameless.pem
check "certtool does, too" certtool --verify --load-ca-certificate strict/ca.pem --infile nameless.pem
check "it signs nothing else" fails "$tlsctl" cert issue other --ca-dir strict --out . --ca-passphrase-file ca.pass --dns nfs1.example

# This host's own names: what the kernel says its addresses are.
check "a pair for this host is issued" "$tlsctl" cert issue --ca-dir ca --out own --profile server
own=$(openssl x509 -in own/*.pem -noout -ext subjectAltName | grep -oE 'IP Address:[0-9.]+' | sed 's/.*://' | sort -u)
check "with the addresses that ip(8) calls global" test "$own" = \
    "$(ip -4 -o address show up scope global | awk '{print $4}' | sed 's|/.*||' | sort -u)"

# Files, whatever the umask; and nothing left behind when something goes wrong.
umask 0
check "a CA is made under umask 0" "$tlsctl" ca init --root fresh
check "a pair is issued under umask 0" "$tlsctl" cert issue nfs1 --root fresh
umask 022
check "the CA's directory is for its owner alone" mode_is 700 fresh/etc/rpctls/ca
check "the CA's key is for its owner alone" mode_is 600 fresh/etc/rpctls/ca/ca.key
check "the issued key is for its owner alone" mode_is 600 fresh/etc/rpctls/certs/nfs1.key
check "no directory on the way can be written by others" test -z "$(find fresh -type d -perm /022)"
check "no key is ever printed" fails grep -rq 'PRIVATE KEY' <("$tlsctl" cert issue quiet --root fresh 2>&1)

before=$(find fresh -type f | sort)
# No file may grow past 0 blocks, so the write fails after the key was made: SIGXFSZ ignored, EFBIG seen.
full() { (trap '' XFSZ; ulimit -f 0; "$tlsctl" cert issue broken --root fresh); }
check "a run without room for its files fails" fails full
check "and leaves nothing behind" test "$(find fresh -type f | sort)" = "$before"
public_of() { openssl pkey -in "$1" -pubout 2>&1; }
certified_of() { openssl x509 -in "$1" -noout -pubkey 2>&1; }

# killed_early COMMAND…: at any moment of its first few milliseconds; whether that was in time is counted.
interrupted=0
killed_early() { timeout --signal=KILL "0.0$((RANDOM % 30 + 5))" "$@" >/dev/null 2>&1 || interrupted=$((interrupted + 1)); }

# A new certificate that is there has its key: the key gets its name first.
whole=0
{
    for i in {1..20}; do
        killed_early "$tlsctl" cert issue "killed$i" --root fresh
        pem=fresh/etc/rpctls/certs/killed$i.pem
        if [ ! -e "$pem" ] || [ "$(public_of "${pem%.pem}.key")" = "$(certified_of "$pem")" ]; then
            whole=$((whole + 1))
        fi
    done
} 2>/dev/null
check "20 runs killed at any moment ($interrupted in time) leave no certificate without its key" test "$whole" = 20

# A renewed one may meet the kill between two renames; the next run brings one of the two pairs together.
whole=0 interrupted=0
"$tlsctl" cert issue renewed --root fresh >/dev/null
{
    for i in {1..20}; do
        killed_early "$tlsctl" cert issue renewed --root fresh --force
        "$tlsctl" cert issue renewed --root fresh
        if [ "$(public_of fresh/etc/rpctls/certs/renewed.key)" = "$(certified_of fresh/etc/rpctls/certs/renewed.pem)" ]; then
            whole=$((whole + 1))
        fi
    done
} >/dev/null 2>&1
check "20 renewals killed at any moment ($interrupted in time) leave one pair" test "$whole" = 20
check "and nothing else" test -z "$(find fresh/etc/rpctls/certs -name '*renewed*' ! -name renewed.pem ! -name renewed.key)"

concurrent() {
    local pids=() pid
    for _ in 1 2 3 4 5 6; do
        "$tlsctl" cert issue together --root fresh --force >/dev/null &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || return 1; done
    test "$(public_of fresh/etc/rpctls/certs/together.key)" = "$(certified_of fresh/etc/rpctls/certs/together.pem)"
}
check "six runs at once leave one pair that belongs together" concurrent

# What others made becomes an identity.
openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.pem -subj '/CN=foreign' -days 30 2>/dev/null
openssl rsa -in rsa.key -traditional -out traditional.key 2>/dev/null
openssl x509 -in rsa.pem -outform DER -out rsa.der
openssl pkcs8 -topk8 -nocrypt -in rsa.key -outform DER -out rsa.p8
openssl pkcs8 -topk8 -in rsa.key -passout pass:x -out encrypted.key
chmod 600 ./*.key rsa.p8
check "an identity of a PKCS#8 PEM key" "$tlsctl" identity add one --root fresh --cert rsa.pem --key rsa.key
check "an identity of a traditional PEM key" "$tlsctl" identity add two --root fresh --cert rsa.pem --key traditional.key
check "an identity of DER files" "$tlsctl" identity add three --root fresh --cert rsa.der --key rsa.p8
check "an encrypted key is refused" fails "$tlsctl" identity add four --root fresh --cert rsa.pem --key encrypted.key
check "openssl reads the stored key" openssl pkey -in fresh/etc/rpctls/identities/three/key.pem -noout

# A bundle is PKCS#12 for everybody.
check "a bundle is made" "$tlsctl" cert issue bundled --root fresh --profile client --bundle b.p12
check "it is for its owner alone" mode_is 600 b.p12
check "so is its passphrase" mode_is 600 b.p12.passphrase
check "its key stays in it" test ! -e fresh/etc/rpctls/certs/bundled.key
passphrase=$(cat b.p12.passphrase)
opened() { openssl pkcs12 -in "$1" -passin "pass:$passphrase" "${@:2}"; }
check "openssl opens it, and finds a pair" \
    test "$(opened b.p12 -nocerts -nodes | openssl pkey -pubout)" = "$(opened b.p12 -clcerts -nokeys | openssl x509 -noout -pubkey)"
check "with the CA" test "$(opened b.p12 -cacerts -nokeys | openssl x509 -outform DER | sha256sum)" = \
    "$(openssl x509 -in fresh/etc/rpctls/ca/ca.pem -outform DER | sha256sum)"
check "openssl finds AES-256, PBKDF2 with SHA-256 and a SHA-256 MAC in it" \
    grep -qzE 'MAC: sha256.*PBES2, PBKDF2, AES-256-CBC, Iteration [0-9]+, PRF hmacWithSHA256.*Shrouded Keybag: PBES2, PBKDF2, AES-256-CBC' \
    <(opened b.p12 -info -noout 2>&1)
certtool_finds() { certtool --p12-info --inder --infile b.p12 --password "$passphrase" | openssl x509 -noout -subject | grep 'CN = bundled'; }
check "certtool opens it" certtool_finds
check "openssl refuses it with another passphrase" fails openssl pkcs12 -in b.p12 -passin pass:wrong -noout
# Shown on the terminal alone: script(1) is one, its standard output is not.
shown=$(script -qec "$tlsctl cert issue shown --root fresh --profile client --bundle s.p12 --show-passphrase >s.out" /dev/null </dev/null |
    sed -n 's/^Passphrase of s.p12: //p' | tr -d '\r')
check "a passphrase that is shown opens the bundle" openssl pkcs12 -in s.p12 -passin "pass:$shown" -noout
check "and stands in no file" fails grep -rqe "$shown" .
check "without a terminal nothing is made to show" fails setsid "$tlsctl" cert issue hidden --root fresh --bundle h.p12 --show-passphrase
check "and no bundle is left" test ! -e h.p12

exit "$failed"
