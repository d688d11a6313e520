# More machines on one kernel: each has network, mount, process and UTS namespaces of its own, and with them an nfsd, an
# agent and mounts of its own. They and the first machine, where the script runs, meet on a bridge.
# shellcheck shell=bash disable=SC2154  # lab_state: functions.sh

# host_address NAME, host_address6 NAME: where the others reach it; `first` is the machine that the script runs on.
host_address() { echo "10.77.0.$(lab_host_number "$1")"; }
host_address6() { printf 'fd00:77::%x\n' "$(lab_host_number "$1")"; }
lab_host_number() { if [[ $1 = first ]]; then echo 254; else cat "$lab_state/host.$1.number"; fi; }

# join_network: gives the first machine its place on the bridge; add_host does it, too.
join_network() {
    [[ ! -e /sys/class/net/lab0 ]] || return 0
    ip link add lab0 type bridge || return
    ip address add "$(host_address first)/24" dev lab0
    ip address add "$(host_address6 first)/64" dev lab0 nodad
    ip link set lab0 up
    # The network is of use when the kernel has made its routes and the addresses are settled.
    eventually 5 ip -6 route get "$(host_address6 first)" >/dev/null
}

# add_host NAME: starts a machine; its names are NAME.lab.example and, for IPv6, NAME6.lab.example.
add_host() {
    local name=$1 number pid
    join_network || return
    number=$(($(find "$lab_state" -name 'host.*.number' | wc -l) + 1))
    echo "$number" >"$lab_state/host.$name.number"
    echo "$(host_address "$name") $name.lab.example" >>/etc/hosts
    echo "$(host_address6 "$name") ${name}6.lab.example" >>/etc/hosts
    # The shell waits, so that it buries whatever it inherits, as a process 1 has to.
    unshare --net --mount --uts --pid --fork --mount-proc --propagation private \
        bash -c 'while :; do sleep 600 & wait; done' </dev/null >/dev/null 2>&1 &
    local above=$!
    disown "$above" # its end is no news
    eventually 5 lab_first_child "$above" >/dev/null || return
    pid=$(lab_first_child "$above")
    echo "$pid" >"$lab_state/host.$name.pid"
    ip link add "veth$number" type veth peer name eth0 netns "$pid" || return
    ip link set "veth$number" master lab0 up
    eventually 5 lab_enter "$name" mountpoint -q /proc || return
    lab_enter "$name" bash -euc '
        hostname "$1.lab.example"
        mount -t tmpfs run /run -o mode=755
        mkdir -p /run/lab /run/lock /run/rpcbind /run/rpc_pipefs /run/modprobe.d /run/sendsigs.omit.d /mnt/nfs /etc/rpctls
        : >/run/lab/syslog
        mount -t tmpfs state /var/lib/nfs
        mkdir -p /var/lib/nfs/v4recovery /var/lib/nfs/nfsdcld /var/lib/nfs/rpc_pipefs
        touch /var/lib/nfs/etab /var/lib/nfs/rmtab
        mount -t tmpfs data /srv/data -o mode=755
        mount -t tmpfs settings /etc/rpctls -o mode=755
        # All three show the network namespace that they were mounted in.
        mount -t sysfs sysfs /sys
        mount -t nfsd nfsd /proc/fs/nfsd
        mount -t rpc_pipefs rpc_pipefs /run/rpc_pipefs
        mount --bind /run/rpc_pipefs /var/lib/nfs/rpc_pipefs
        ip link set lo up
        ip address add "$2/24" dev eth0
        ip address add "$3/64" dev eth0 nodad
        ip link set eth0 up' - "$name" "$(host_address "$name")" "$(host_address6 "$name")"
}

lab_first_child() { pgrep -P "$1"; }
lab_enter() { nsenter -t "$(cat "$lab_state/host.$1.pid")" -m -n -u -p "${@:2}"; }

# on NAME COMMAND...: runs it on that machine; the lab's functions are commands there. What start_agent leaves in
# $lab_agent_pid is there in $lab_state/agent.pid.
on() {
    # shellcheck disable=SC2016  # for the shell there
    lab_enter "$1" bash -c '. /lab/guest/functions.sh; "$@"' - "${@:2}"
}

# remove_host NAME: pulls the plug. Unmount there before.
remove_host() {
    kill -KILL "$(cat "$lab_state/host.$1.pid")"
    rm "$lab_state/host.$1.pid"
}

# add_server NAME FOLDER: a machine with rpctlsd, which shows a certificate of FOLDER's CA for NAME.lab.example. Its own files
# are in /tmp/NAME: of all folders that one is everybody's, and another machine's are not to be needed.
add_server() {
    local name=$1 folder=$2
    issue_certificate "$folder" "$name" --server --dns "$name.lab.example" && add_host "$name" || return
    mkdir -p "/tmp/$name"
    cp "$folder/ca.pem" "$folder/$name.pem" "$folder/$name.key" "/tmp/$name/" || return
    printf '%s\n' '[authenticate.server]' "x509.truststore=/tmp/$name/ca.pem" "x509.certificate=/tmp/$name/$name.pem" \
        "x509.private_key=/tmp/$name/$name.key" >"/tmp/$name/rpctls.conf"
    lab_enter "$name" cp "/tmp/$name/rpctls.conf" /etc/rpctls/ && on "$name" start_agent rpctlsd
}
