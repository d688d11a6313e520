#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# Named identities on a real kernel: tlsctl puts them on the .nfs keyring where there is one, others find them there under
# the convention of nfstlskey(8), nobody else can read them, and a mount presents them by their serials.
# shellcheck disable=SC2154 # status and output: run_cmd
set -uo pipefail
note "kernel $(uname -r), $(dpkg-query -W -f '${Package} ${Version}  ' nfs-common ktls-utils 2>/dev/null)"

work=/run/work
mkdir -p "$work"
cd "$work" || exit 1

# key_field DESCRIPTION FIELD: of that key's line in /proc/keys.
key_field() { awk -v key="$1:" -v field="$2" '$9 == key { print $field; exit }' /proc/keys; }
key_serial() { printf '%d\n' "0x$(key_field "$1" 1)"; }
same_output() { test "$($1)" = "$($2)"; }

serve() {
    cat >/etc/rpctls/rpctls.conf <<CONF
[authenticate.client]
x509.truststore=/etc/rpctls/ca/ca.pem
[authenticate.server]
x509.truststore=/etc/rpctls/ca/ca.pem
x509.certificate=/etc/rpctls/certs/server.pem
x509.private_key=/etc/rpctls/certs/server.key
CONF
    check_that "the agent starts" start_agent rpctlsd
    check_that "the server starts" start_nfs_server xprtsec=mtls
    mkdir -p /mnt/nfs
}
# Which identity a mount proves is nowhere in the kernel's lists: the mount helper notes it.
check_uses() {
    check_that "the mount helper mounts with it" mount -t nfstls -o vers=4.2,tls_identity=lab nfs1.lab.example:/ /mnt/nfs
    check_that "the list says which mount uses it" prints '^lab .*  /mnt/nfs$' tlsctl identity list
    check_that "and that nothing ends within 30 days" prints 'ends within 30 days' tlsctl identity list --check 30
    check_that "within 400 days it does" fails tlsctl identity list --check 400
    check_that "it is not removed while that mount stands" \
        prints 'identity lab is in use: mounted with it /mnt/nfs' tlsctl identity remove lab
    tlsctl identity add spare --cert "$pem" --key "$key" >/dev/null
    check_that "another is" tlsctl identity remove spare
    mkdir -p /mnt/elsewhere
    mount --move /mnt/nfs /mnt/elsewhere
    check_that "a mount that was moved is known where it is" prints '^lab .*  /mnt/elsewhere$' tlsctl identity list
    umount /mnt/elsewhere
    check_that "without the mount it is used by nothing" prints '^lab .*  -$' tlsctl identity list
}

# A key that no file has: the token signs for each handshake. $1: what mounts with it, or "refused".
check_token() {
    printf 482913 >/etc/rpctls/pin
    chmod 600 /etc/rpctls/pin
    tlsctl cert issue token --profile client --dns client.example >/dev/null
    check_that "a token is made, with a key in it" sh -c 'softhsm2-util --init-token --free --label lab --so-pin 1234 --pin 482913 &&
        softhsm2-util --import /etc/rpctls/certs/token.key --token lab --label client --id 01 --pin 482913'
    rm /etc/rpctls/certs/token.key
    local url='pkcs11:token=lab;object=client;type=private?pin-source=/etc/rpctls/pin'
    check_that "an identity whose key is in it is added" \
        prints '^  key in a token  pkcs11:' tlsctl identity add hsm --cert /etc/rpctls/certs/token.pem --key "$url"
    check_that "the store has no key" test "$(ls /etc/rpctls/identities/hsm | paste -sd' ')" = "cert.pem key.url"
    check_that "another certificate's is refused" \
        prints 'does not belong' tlsctl identity add other --cert "$pem" --key "$url"
    check_that "so is a PIN in the URL" prints 'has its PIN in it' \
        tlsctl identity add other --cert /etc/rpctls/certs/token.pem --key 'pkcs11:token=lab;object=client?pin-value=482913'
    check_that "a wrong PIN is told" prints 'token-unreachable|cannot use the private key' \
        tlsctl identity add other --cert /etc/rpctls/certs/token.pem --key 'pkcs11:token=lab;object=client;type=private?pin-source=/etc/hostname'
    if [[ $1 = refused ]]; then
        check_that "a mount that names it is refused where the kernel takes serials, by its cause" \
            prints 'is in a token' mount -t nfstls -o vers=4.2,tls_identity=hsm nfs1.lab.example:/ /mnt/nfs
        sed -i 's/^\[authenticate.client\]$/&\nidentity=hsm/' /etc/rpctls/rpctls.conf
        check_that "the configuration may name it" reload_agent
        mount_with=xprtsec=mtls
    else
        mount_with=tls_identity=hsm
    fi
    check_that "a mount proves it ($mount_with)" mount -t nfstls -o "vers=4.2,$mount_with" nfs1.lab.example:/ /mnt/nfs
    check_that "the server has seen its certificate" shown token
    check_that "data arrives" sh -c 'echo token > /mnt/nfs/token && cmp /mnt/nfs/token /srv/data/token'
    umount /mnt/nfs
}
shown() { agent_log | grep "as server: .*peer \"CN=$1"; }

check_that "a CA is made" tlsctl ca init --name 'Lab CA'
check_that "a server's certificate is issued" \
    tlsctl cert issue server --profile server --dns nfs1.lab.example --ip 127.0.0.1
check_that "a client's certificate is issued" tlsctl cert issue client --profile client --dns client.example
pem=/etc/rpctls/certs/client.pem key=/etc/rpctls/certs/client.key

if ! grep -q ' keyring *\.nfs:' /proc/keys; then
    check_that "without a .nfs keyring an identity is kept in files" prints 'on no keyring' \
        tlsctl identity add lab --cert "$pem" --key "$key"
    check_that "the list knows no serials" prints '^lab .* -$' tlsctl identity list
    check_that "its mount options name it" prints '^xprtsec=mtls,tls_identity=lab$' \
        tlsctl identity show lab --mount-options
    check_that "no key of it exists" fails grep -q nfs:x509 /proc/keys
    check_that "a boot has nothing to restore, and says why" \
        prints 'Nothing to restore: this kernel has no .nfs keyring' tlsctl identity restore
    serve
    check_uses
    check_token mounted
    check_that "without mounts it is removed" tlsctl identity remove lab
    stop_nfs_server
    check_that "the agent ends when asked" stop_agent
    lab_finish
fi

# --- on the keyring
session_before=$(keyctl show @s)
check_that "an identity is added" prints 'on the .nfs keyring' tlsctl identity add lab --cert "$pem" --key "$key"
check_that "the caller's session keyring is as before" test "$(keyctl show @s)" = "$session_before"
nfs_keyring=$((16#$(awk '$8 == "keyring" && $9 == ".nfs:" { print $1 }' /proc/keys)))
cert_serial=$(key_serial nfs:x509:lab:cert)
privkey_serial=$(key_serial nfs:x509:lab:privkey)
check_that "the .nfs keyring holds its two keys" \
    test "$(keyctl rlist "$nfs_keyring" | tr ' ' '\n' | sort)" = "$(printf '%s\n' "$cert_serial" "$privkey_serial" | sort)"
for part in cert privkey; do
    check_that "$part: possessors may do all, its owner may see and find it, nobody else anything" \
        test "$(key_field "nfs:x509:lab:$part" 5) $(key_field "nfs:x509:lab:$part" 8)" = "3f090000 user"
done
check_that "root cannot read the private key without possessing the keyring" \
    fails keyctl session - keyctl pipe "$privkey_serial"
in_possession() { keyctl session - sh -c "keyctl link $nfs_keyring @s && $1" 2>/dev/null; }
digest() { sha256sum | cut -d' ' -f1; }
check_that "a possessor reads the certificate in DER" \
    test "$(in_possession "keyctl pipe $cert_serial" | digest)" = "$(certtool --certificate-info --infile "$pem" --outder | digest)"
check_that "a possessor reads the private key in DER" \
    test "$(in_possession "keyctl pipe $privkey_serial" | certtool --key-info --inder | grep -A1 'Public Key PIN')" = \
    "$(certtool --key-info --infile "$key" | grep -A1 'Public Key PIN')"
check_that "show gives the serials as mount options" \
    test "$(tlsctl identity show lab --mount-options)" = "xprtsec=mtls,cert_serial=$cert_serial,privkey_serial=$privkey_serial"
check_that "the list shows the serials" prints "^lab .* $cert_serial $privkey_serial  -\$" tlsctl identity list
if command -v nfstlskey >/dev/null; then
    check_that "nfstlskey lists it" prints lab nfstlskey list
else
    note "this suite's nfs-utils has no nfstlskey; keyctl, above, reads what it would read"
fi

# --- what others put there
take_off() { keyctl unlink "$(key_serial "nfs:x509:$1:cert")" "$nfs_keyring" && keyctl unlink "$(key_serial "nfs:x509:$1:privkey")" "$nfs_keyring"; }
publish_by_hand() { # NAME
    certtool --certificate-info --infile "$pem" --outder 2>/dev/null >"$1.der"
    certtool --key-info --infile "$key" --outder 2>/dev/null >"$1.key.der"
    in_possession "keyctl padd user nfs:x509:$1:cert $nfs_keyring <$1.der && keyctl padd user nfs:x509:$1:privkey $nfs_keyring <$1.key.der"
}
publish_by_hand theirs >/dev/null
check_that "an identity that is on the keyring only is listed as such" \
    prints '^theirs  CN=client .*\(not in the store\)' tlsctl identity list
check_that "and shown" prints '^  SHA-256 ' tlsctl identity show theirs
take_off theirs

# --- refusals
check_that "the same name is refused" fails tlsctl identity add lab --cert "$pem" --key "$key"
check_that "and its serials stay" test "$(key_serial nfs:x509:lab:cert)" = "$cert_serial"
publish_by_hand other >/dev/null
check_that "a name that somebody else put on the keyring is refused" \
    prints 'has an identity named other already' tlsctl identity add other --cert "$pem" --key "$key"
check_that "and not stored" fails test -e /etc/rpctls/identities/other
cp "$pem" "$key" /tmp/ && chmod 644 /tmp/client.pem && chown nobody /tmp/client.key
run_cmd setpriv --reuid=nobody --regid=nogroup --clear-groups tlsctl identity add lab2 --cert /tmp/client.pem --key /tmp/client.key
check_that "who is not root is told so, with exit status 3" test "$status" = 3
note "$output"
sleep 1 # keyrings of programs that have ended count for a moment longer
used=$(awk '$1 == "0:" { split($4, keys, "/"); print keys[1] }' /proc/key-users)
limit=$(sysctl -n kernel.keys.root_maxkeys)
sysctl -qw kernel.keys.root_maxkeys=$((used + 1))
run_cmd tlsctl identity add lab2 --cert "$pem" --key "$key"
sysctl -qw kernel.keys.root_maxkeys="$limit"
check_that "a full quota is explained, with exit status 3" test "$status" = 3
check_that "and the hint names the setting" prints kernel.keys.root_maxkeys echo "$output"
note "$output"
check_that "and leaves neither files" fails test -e /etc/rpctls/identities/lab2
check_that "nor keys" fails grep -q nfs:x509:lab2 /proc/keys
check_that "the same command works once there is room" tlsctl identity add lab2 --cert "$pem" --key "$key"

# --- as a boot finds them
expiry() { key_field "nfs:x509:$1:$2" 4; }
check_that "the keys end with the certificate, 365 days from now" \
    sh -c "echo '$(expiry lab cert) $(expiry lab privkey)' | grep -Eqx '(52w|36[45]d) (52w|36[45]d)'"
note "/proc/keys: $(expiry lab cert)"
take_off lab
check_that "an identity that is gone from the keyring is restored" prints '^lab: added, ' tlsctl identity restore lab
cert_serial=$(key_serial nfs:x509:lab:cert) privkey_serial=$(key_serial nfs:x509:lab:privkey)
check_that "again, there is nothing to do" prints ' 0 added, 0 updated, 1 unchanged' tlsctl identity restore lab
keyctl session - sh -c "keyctl link $nfs_keyring @s && echo stale | keyctl pupdate $cert_serial && keyctl timeout $cert_serial 9" >/dev/null 2>&1
tlsctl cert issue brief --profile client --not-after "$(date -u -d '+90 seconds' +%Y-%m-%dT%H:%M:%SZ)" >/dev/null
tlsctl identity add brief --cert /etc/rpctls/certs/brief.pem --key /etc/rpctls/certs/brief.key >/dev/null
check_that "the keys of a brief certificate are as brief" sh -c "echo '$(expiry brief privkey)' | grep -Eqx '[0-9]{1,2}s|1m'"
take_off brief
tlsctl identity add bad --cert "$pem" --key "$key" >/dev/null
take_off bad
rm /etc/rpctls/identities/bad/key.pem
run_cmd tlsctl identity restore --all
check_that "a damaged identity is named, with exit status 4" test "$status" = 4
check_that "by its file" prints 'bad/key.pem' echo "$output"
check_that "the others are restored all the same" prints '1 added, 1 updated, 1 unchanged; failed: 1' echo "$output"
check_that "with the serials there were" \
    test "$(key_serial nfs:x509:lab:cert) $(key_serial nfs:x509:lab:privkey)" = "$cert_serial $privkey_serial"
check_that "and the certificate of the store" \
    test "$(in_possession "keyctl pipe $cert_serial" | digest)" = "$(certtool --certificate-info --infile "$pem" --outder | digest)"
check_that "and its end" sh -c "echo '$(expiry lab cert)' | grep -Eqx '52w|36[45]d'"
tlsctl identity remove bad >/dev/null
tlsctl identity remove brief >/dev/null

# --- at work
serve
check_that "nfs-utils' own mount presents the identity by its serials" \
    mount -t nfs -o "vers=4.2,$(tlsctl identity show lab --mount-options)" nfs1.lab.example:/ /mnt/nfs
check_that "the kernel confirms it" mounted_with /mnt/nfs xprtsec=mtls
check_that "data arrives" sh -c 'echo identity > /mnt/nfs/file && cmp /mnt/nfs/file /srv/data/file'
check_that "it is not removed while mounts prove identities" prints 'may be one of them' tlsctl identity remove lab

# --- renewal, under the mount
check_that "a new certificate is issued" tlsctl cert issue renewed --profile client --dns client.example
check_that "the identity is updated" \
    tlsctl identity update lab --cert /etc/rpctls/certs/renewed.pem --key /etc/rpctls/certs/renewed.key
check_that "its serials stay" \
    test "$(key_serial nfs:x509:lab:cert) $(key_serial nfs:x509:lab:privkey)" = "$cert_serial $privkey_serial"
rpc.nfsd 0
rpc.nfsd -N 3 4
echo Y >/proc/fs/nfsd/v4_end_grace 2>/dev/null
check_that "the mount goes on after a reconnect" \
    timeout 60 sh -c 'echo renewed > /mnt/nfs/file && sync /mnt/nfs/file && cmp /mnt/nfs/file /srv/data/file'
check_that "and proves the renewed certificate" shown renewed
check_that "which identity a mount by serials proves is said to be unknown" \
    prints 'not known: /mnt/nfs$' tlsctl identity list
umount /mnt/nfs
check_uses
check_that "without mounts it is removed" tlsctl identity remove lab
check_that "with its keys" fails grep -q 'nfs:x509:lab:' /proc/keys
check_token refused
stop_nfs_server
check_that "the agent ends when asked" stop_agent
lab_finish
