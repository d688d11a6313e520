#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab: trixie/uml sid/uml
# tlsctl doctor: each fault is made for real and found by its name, a sound host has none, and --fix mends what it says.
# shellcheck disable=SC2154 # status and output: run_cmd
set -uo pipefail
note "kernel $(uname -r), $(dpkg-query -W -f '${Package} ${Version}  ' nfs-common ktls-utils 2>/dev/null)"

pki=/etc/rpctls/pki
conf=/etc/rpctls/rpctls.conf
server=nfs1.lab.example

# found NAME [LEVEL] -- [ARGS]: the doctor finds that, at that level, and its exit status says whether anything failed.
found() {
    local name=$1 level=fail report code
    shift
    if [[ ${1:---} != -- ]]; then level=$1; shift; fi
    shift $(($# > 0))
    report=$(tlsctl doctor --json "$@")
    code=$?
    jq -c '.findings[] | select(.level != "pass") | [.level, .name, .what, .facts]' <<<"$report"
    [[ $(jq -r --arg name "$name" '[.findings[] | select(.name == $name)][0].level' <<<"$report") = "$level" ]] &&
        [[ $code = $(jq '[.count.fail, 1] | min' <<<"$report") ]]
}
# finds TITLE NAME [LEVEL] [-- ARGS]
finds() { check_that "$1: $2" found "${@:2}"; }
sound() {
    local report code
    report=$(tlsctl doctor --json "$@")
    code=$?
    jq -c '.findings[] | select(.level == "fail" or .level == "unknown")' <<<"$report"
    [[ $code = 0 && $(jq '.count.fail + .count.unknown' <<<"$report") = 0 ]]
}
put() { cp "$pki/$1.pem" "$pki/server.pem" && cp "$pki/$1.key" "$pki/server.key" && chmod 600 "$pki/server.key"; }

# --- the kernel: its module for TLS is gone, and the kernel may not fetch it
modprobe_path=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
check_that "the module tls can be taken out" rmmod tls
finds "a kernel without kTLS" ktls-unavailable
check_that "--fix loads it" prints '^did +modprobe tls' tlsctl doctor --fix
check_that "which is true" grep -q '^tls ' /proc/modules
echo "$modprobe_path" >/proc/sys/kernel/modprobe

# The lab bars the module for its own sake.
check_that "the module of pNFS' flexible files is barred: it is no finding" \
    fails prints data-servers-in-clear tlsctl doctor --role client --json
mv /run/modprobe.d/lab.conf /run/modprobe.d/lab.off
if kernel_at_least 6.16; then
    check_that "this kernel protects data servers: no finding" fails prints data-servers-in-clear tlsctl doctor --role client --json
else
    finds "a client that may write to data servers in clear" data-servers-in-clear warn -- --role client
fi
mv /run/modprobe.d/lab.off /run/modprobe.d/lab.conf

# --- the agent
finds "no agent" agent-absent
check_that "what mends it is said" prints 'systemctl enable --now rpctlsd' tlsctl doctor
check_that "--fix says so when it could not start it" prints '^tried +systemctl enable --now rpctlsd' tlsctl doctor --fix
issue_credentials "$pki"
cp "$pki/server.pem" "$pki/sound.pem" && cp "$pki/server.key" "$pki/sound.key"
configure_tlshd --truststore "$pki/ca.pem" --cert "$pki/server.pem" --key "$pki/server.key"
start_agent tlshd
finds "tlshd as the agent" agent-foreign warn
tlshd_pid=$lab_agent_pid
cat >"$conf" <<END
[authenticate.client]
x509.truststore=$pki/ca.pem
[authenticate.server]
x509.truststore=$pki/ca.pem
x509.certificate=$pki/server.pem
x509.private_key=$pki/server.key
END
start_agent rpctlsd
finds "two agents" agent-not-alone
kill "$tlshd_pid"
wait "$tlshd_pid" 2>/dev/null

# --- a sound host, server and client in one
check_that "identity of the client is added" tlsctl identity add lab --cert "$pki/client.pem" --key "$pki/client.key"
start_nfs_server xprtsec=tls:mtls
rpctls-takeover enable
echo "$server:/ /mnt/nfs nfs xprtsec=mtls,tls_identity=lab,noauto 0 0" >>/etc/fstab
check_that "a sound host has no failure" sound --host "$server"
check_that "it is seen as client and server" test "$(tlsctl doctor --json | jq -c .roles)" = '["client","server"]'
check_that "--fix finds nothing to do" test "$(tlsctl doctor --fix --json | jq -c '[.repairs[].for]')" = '[]'
check_that "as a client alone nothing is said of exports" \
    test "$(tlsctl doctor --role client --json | jq '[.findings[] | select(.link == "exports")] | length')" = 0
started=$(date +%s%N)
tlsctl doctor >/dev/null
note "a doctor's round without --host: $((($(date +%s%N) - started) / 1000000)) ms"

# --- credentials
issue_certificate "$pki" expired --server --dns "$server" --expired
issue_certificate "$pki" future --server --dns "$server" --not-yet-valid
issue_certificate "$pki" other --server --dns elsewhere.example
issue_certificate "$pki" clients --client --dns "$server"
put expired
finds "an expired certificate" certificate-expired
put future
finds "a certificate of the future" certificate-not-yet-valid
finds "or else a clock that is behind" clock-behind
put other
finds "a certificate for another host" names-not-covered
put clients
finds "a client's certificate on a server" key-usage
put sound
cp "$pki/other.key" "$pki/server.key"
finds "the wrong key" key-mismatch
put sound
chmod 644 "$pki/server.key"
finds "a key that others can read" file-exposed
check_that "--fix takes it from them" prints "^did +chmod 600 $pki/server.key" tlsctl doctor --fix
check_that "which is true" test "$(stat -c %a "$pki/server.key")" = 600
mv "$pki/server.key" "$pki/away"
finds "R-6.4-1: a key that is missing" file-missing
mv "$pki/away" "$pki/server.key"

# --- trust
sed -i "s|x509.truststore=.*|x509.truststore=$pki/nothing.pem|" "$conf"
finds "R-6.4-1: a trust store that is missing" file-missing
: >"$pki/nothing.pem"
finds "a trust store without a CA" truststore-empty
sed -i "s|x509.truststore=.*|x509.truststore=$pki/ca.pem|" "$conf"
printf 'crl_next_update = 1\ncrl_number = 1\ncrl_this_update_date = "2026-01-01 00:00:00 UTC"\ncrl_next_update_date = "2026-01-02 00:00:00 UTC"\n' >/run/crl.template
certtool --generate-crl --load-ca-certificate "$pki/ca.pem" --load-ca-privkey "$pki/ca.key" \
    --template /run/crl.template --outfile "$pki/old.crl" 2>/run/crl.log || cat /run/crl.log
cp "$conf" /run/conf
sed -i "/authenticate.server/a x509.crl=$pki/old.crl" "$conf"
finds "a revocation list that is out of date" crl-outdated
echo "x509.certificat=/x" >>"$conf"
finds "an option that nobody knows" option-unknown warn
echo "[authenticate.client" >>"$conf"
finds "settings that cannot be read" config-syntax
cp /run/conf "$conf"

# --- fstab, exports
cp /etc/fstab /run/fstab
sed -i 's/tls_identity=lab/tls_identity=nobody/' /etc/fstab
finds "fstab names an identity that there is not" fstab-identity-missing
echo "$server:/ /mnt/nfs nfs xprtsec=yes,noauto 0 0" >/etc/fstab
finds "fstab asks for a protection that there is not" fstab-xprtsec-unknown
echo "$server:/ /mnt/nfs nfs noauto 0 0" >/etc/fstab
printf '[mount]\nminimum=tls\n' >>"$conf"
finds "R-6.4-1: fstab asks for less than the host demands" fstab-below-minimum
cp /run/conf "$conf"
cp /run/fstab /etc/fstab
rpctls-takeover disable
finds "fstab needs the helper, and it is not there" fstab-helper-missing
rpctls-takeover enable
export_with xprtsec=none:tls:mtls
finds "R-6.4-1: an export that may be mounted in clear" export-plaintext warn
export_with ''
finds "an export that says nothing of TLS" export-plaintext warn
export_with xprtsec=tls:mtls

# --- keyrings
limit=$(sysctl -n kernel.keys.root_maxkeys)
sysctl -qw kernel.keys.root_maxkeys="$(awk '$1 == "0:" { split($4, keys, "/"); print keys[1] }' /proc/key-users)"
finds "root's room for keys used up" keyring-quota-full
sysctl -qw kernel.keys.root_maxkeys="$limit"
if grep -q ' keyring *\.nfs:' /proc/keys; then
    keyctl clear "$((16#$(awk '$8 == "keyring" && $9 == ".nfs:" { print $1 }' /proc/keys)))"
    finds "an identity that is not on the keyring" identity-not-on-keyring
    check_that "--fix restores it" prints '^did +tlsctl identity restore' tlsctl doctor --fix
    check_that "which is true" fails found identity-not-on-keyring
fi

# --- names and the network
hostname nowhere.invalid
finds "a host whose own name leads nowhere" own-name-unresolvable warn
hostname server.example
finds "a server whose name leads nowhere" name-not-found -- --host nowhere.example
stop_nfs_server
finds "no NFS server" nfsd-not-running warn -- --role server
finds "a server with port 2049 closed" connection-refused -- --host "$server"
# A listener with a full queue drops what comes, as a firewall does.
python3 -Ic 'import socket, time
listener = socket.create_server(("127.0.0.9", 2049), backlog=0)
callers = [socket.socket() for _ in range(4)]
for caller in callers:
    caller.setblocking(False)
    caller.connect_ex(("127.0.0.9", 2049))
print("full", flush=True)
time.sleep(60)' >/run/full &
silent=$!
eventually 5 grep -q full /run/full
finds "a server whose port 2049 is filtered" connect-timeout -- --host nfs9.lab.example
kill "$silent"

# --- without root
chmod 755 /etc/rpctls 2>/dev/null
unseen=$(setpriv --reuid=nobody --regid=nogroup --clear-groups tlsctl doctor --json |
    jq -c '[.findings[] | select(.level == "unknown") | .mend] | [length > 2, all(. == "run as root")]')
check_that "without root it says what it could not see" test "$unseen" = '[true,true]'

# --- the clock
now=$(date +%s)
date -s '2010-01-01' >/dev/null
finds "a clock that is years behind" clock-absurd
date -s "@$now" >/dev/null

stop_agent
lab_finish
