#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# Pre-shared keys on a real kernel: nvme-cli and tlsctl take each other's, octet by octet, in files and on a keyring;
# what tlsctl has stored is back after a boot; the tls_hs layout; what keyring show tells and what it keeps.
# shellcheck disable=SC2154 # status and output: run_cmd
set -uo pipefail
note "kernel $(uname -r), $(dpkg-query -W -f '${Package} ${Version}  ' nvme-cli 'libnvme1*' 2>/dev/null)"

work=/run/work
mkdir -p "$work" /etc/nvme /etc/rpctls
cd "$work" || exit 1
umask 077
disk=nqn.2026-01.org.example:disk
host=nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555
echo $host >/etc/nvme/hostnqn

# nvme-cli writes to a named keyring that root possesses; UML has no .nvme.
keyctl link @u @s
ring=$(keyctl newring lab @u)
keyctl setperm "$ring" 0x3f3f0000

# nvme_key FILE [OPTIONS]: the TLS key that nvme-cli derives from the configured one in FILE, in hexadecimal, and its identity.
nvme_key() {
    local serial
    keyctl clear "$ring"
    serial=$(nvme check-tls-key --subsysnqn=$disk --hostnqn=$host --keydata="$(cat "$1")" --keyring=lab --keytype=user \
        --insert "${@:2}" 2>&1 | sed -n 's/^Inserted TLS key //p')
    keyctl pipe $((16#$serial)) | od -An -v -tx1 | tr -d ' \n'
    echo " $(keyctl rdescribe $((16#$serial)) | cut -d';' -f5-)"
    keyctl clear "$ring"
}
# our_key FILE [OPTIONS]: the same of what tlsctl stores; UML has no keys of type psk.
our_key() {
    local file=$work/root/etc/rpctls/psks/0001
    tlsctl --root "$work/root" psk add --nvme --subsysnqn $disk --hostnqn $host --key-file "$@" >/dev/null || return
    sed -n 's/^secret //p' "$file" | tr -d '\n'
    echo " $(sed -n 's/^identity //p' "$file")"
    rm "$file"
}
same() { test "$($1)" = "$($2)" && test "$($1 | wc -c)" -gt 100; }

# libnvme derives as RFC 8446 says since 1.16; the one before is --compat there and here.
if [[ $(nvme check-tls-key --help 2>&1) = *--compat* ]]; then ways="now compat"; else ways=compat; fi
name_of_hash=([1]=sha256 [2]=sha384)
for hash in 1 2; do
    nvme gen-tls-key --subsysnqn=$disk --hostnqn=$host --hmac=$hash | grep -o 'NVMe.*:' >theirs-$hash
    tlsctl psk generate --hash ${name_of_hash[hash]} --out ours-$hash >/dev/null
    sed 's/^NVMeTLSkey-1:0./NVMeTLSkey-1:00/' ours-$hash >plain-$hash
    check_that "a key of nvme-cli's is sound to tlsctl, hash $hash" prints 'sound' tlsctl psk check --key-file theirs-$hash
    check_that "and ours to nvme-cli, hash $hash" \
        prints "^NVMe0R0$hash $host $disk\$" nvme check-tls-key --subsysnqn=$disk --hostnqn=$host --keydata="$(cat ours-$hash)"
    for way in $ways; do
        for version in 0 1; do
            their_option=; our_option=
            [ $way = compat ] && our_option=--compat
            [ "$way $ways" = "compat now compat" ] && their_option=--compat
            for key in theirs ours plain; do
                # shellcheck disable=SC2086,SC2317 # an option or none; called by their names
                a() { nvme_key $key-$hash --identity=$version $their_option; }
                # shellcheck disable=SC2086,SC2317
                b() { our_key $key-$hash --identity-version $version $our_option; }
                check_that "both derive the same key and identity, $key, hash $hash, version $version, $way" same a b
            done
        done
    done
done

# --- a keyring, and a boot
tlsctl psk generate --out link.key >/dev/null
printf '[authenticate]\nkeyrings=rpc\n' >/etc/rpctls/rpctls.conf
check_that "a key is added to the configured keyring, which is made" prints 'on the keyring rpc' \
    tlsctl psk add "link 1" --key-file link.key
check_that "from standard input, too" sh -c 'tlsctl psk generate --format hex | tlsctl psk add "link 2" --key-file -'
rpc=$(keyctl search @u keyring rpc)
key=$(keyctl rlist "$rpc" | tr ' ' '\n' | while read -r k; do keyctl rdescribe "$k" | grep -q ';link 1$' && echo "$k"; done)
check_that "possessors may do all, its owner may see it, nobody else anything" prints ';3f010000;link 1$' keyctl rdescribe "$key"
check_that "who does not possess the keyring cannot read it" fails keyctl session - keyctl pipe "$key"
check_that "the payload is the key" test "$(keyctl session - sh -c "keyctl link $rpc @s && keyctl pipe $key" 2>/dev/null | base64)" = \
    "$(cut -d: -f3 link.key | base64 -d | head -c 32 | base64)"
check_that "list knows its serial" prints "^link 1 .* $key  *on the keyring" tlsctl psk list
check_that "check has nothing to say against it" prints '^link 1 *ok' tlsctl psk check
check_that "the same identity once more is refused" fails tlsctl psk add "link 1" --key-file link.key
check_that "another key keeps the serial" prints "key $key on" sh -c \
    'tlsctl psk generate | tlsctl psk add "link 1" --force --key-file -'
check_that "the tls_hs layout is two keys" prints 'on the keyring quic-0' \
    tlsctl psk add me --layout tls-hs --number 0 --keyring quic-0 --key-file link.key
check_that "one with the identity" sh -c 'keyctl show "$(keyctl search @u keyring quic-0)" | grep -q "psk-0-id" &&
    keyctl show "$(keyctl search @u keyring quic-0)" | grep -q psk-0-master'
check_that "an NVMe key waits for its keyring" prints 'on no keyring' \
    tlsctl psk add --nvme --subsysnqn $disk --key-file ours-1
run_cmd tlsctl psk check
check_that "of which check tells, with exit status 1" test "$status" = 1

# Possession through @u would make the keyrings of root's own session part of every answer.
keyctl unlink "$rpc" @u
keyctl unlink "$(keyctl search @u keyring quic-0)" @u
sleep 1
check_that "after a boot the keyring is gone" fails grep -q ' keyring *rpc:' /proc/keys
run_cmd tlsctl psk restore
check_that "restore puts back what can be" prints '^3 restored, 0 there already, 1 failed' echo "$output"
check_that "and says what cannot" prints 'modprobe nvme-tcp' echo "$output"
check_that "with exit status 3" test "$status" = 3
check_that "a second one finds all there" prints '^0 restored, 3 there already' sh -c 'tlsctl psk restore 2>/dev/null'
check_that "the agent's keyring has it again" prints '^link 1 .* on the keyring' tlsctl psk list

# --- what keyrings hold
run_cmd tlsctl keyring show rpc quic-0 .nvme --json
check_that "keyring show names each key and what it is" \
    test "$(jq -r '[.keyrings[].keys[] | .kind] | sort | join(",")' <<<"$output")" = 'PSK,PSK,tls_hs PSK,tls_hs identity'
check_that "and when it ends" test "$(jq -r '[.keyrings[].keys[].expires] | unique | join(",")' <<<"$output")" = never
check_that "and what there is not" test "$(jq '.keyrings[] | select(.name == ".nvme") | .serial' <<<"$output")" = null
if grep -q ' keyring *\.nfs:' /proc/keys; then
    tlsctl ca init >/dev/null && tlsctl cert issue client --profile client >/dev/null &&
        tlsctl identity add lab --cert /etc/rpctls/certs/client.pem --key /etc/rpctls/certs/client.key >/dev/null
    check_that "the halves of an identity are told apart" prints "identity's private key .* nfs:x509:lab:privkey" tlsctl keyring show
fi
secret=$(sed -n 's/^secret //p' /etc/rpctls/psks/0001)
{ tlsctl psk list; tlsctl psk check; tlsctl keyring show; tlsctl psk list --json; tlsctl keyring show --json; } >told 2>&1
check_that "no secret is in what any of them says" fails grep -qF "$secret" told

# --- many
for i in $(seq 2000 2999); do
    printf 'rpctls-psk 1\ntype user\nnumber 0\nkeyring many\nidentity peer-%s\nsecret %s\n' "$i" "$secret" >"/etc/rpctls/psks/$i"
done
sysctl -qw kernel.keys.root_maxkeys=100000 kernel.keys.root_maxbytes=10000000
for command in restore list check; do
    start=$(date +%s%N)
    tlsctl psk $command >/dev/null 2>&1
    took=$((($(date +%s%N) - start) / 1000000))
    check_that "1,000 keys: psk $command in under 2 s ($took ms)" test "$took" -lt 2000
done
check_that "all are there" test "$(tlsctl psk list --json | jq '[.psks[] | select(.keyring == "many" and .state == "on the keyring")] | length')" = 1000
rm /etc/rpctls/psks/2???

check_that "removing takes it off the keyring" tlsctl psk remove "link 1"
check_that "so that nothing of it is left" fails sh -c 'tlsctl psk list | grep "link 1" || keyctl show "$(keyctl search @u keyring rpc)" | grep "link 1"'
lab_finish
