# The handshake agent: the kernel's partner in user space, the project's rpctlsd or the distribution's tlshd.
# shellcheck shell=bash disable=SC2154  # lab_state: functions.sh

# On a machine of hosts.sh: the agent that an earlier command started there.
lab_agent_pid=$(cat "$lab_state/agent.pid" 2>/dev/null || true)

# lab_agents: how many sockets listen in the kernel's multicast group `tlshd`.
lab_agents() {
    local group
    group=$(genl ctrl list | awk '/^Name: /{ family = $2 }
        family == "handshake" && match($0, /ID-0x[0-9a-f]+ *name: tlshd/) { print substr($0, RSTART + 3); exit }')
    group=${group%% *}
    [[ -n $group ]] || { echo 'lab: this kernel has no handshake service' >&2; return 1; }
    # Column 2 is the protocol (16: generic netlink), column 4 the groups as a mask, the first group in bit 0.
    local protocol groups count=0
    while read -r _ protocol _ groups _; do
        [[ $protocol = 16 ]] && ((0x$groups >> (group - 1) & 1)) && count=$((count + 1))
    done < <(tail -n +2 /proc/net/netlink)
    echo "$count"
}

lab_agent_joined() { (($(lab_agents) > $1)); }
lab_agent_ready_or_gone() { lab_agent_joined "$1" || ! kill -0 "$lab_agent_pid" 2>/dev/null; }

# start_agent rpctlsd|tlshd|PROGRAM [ARGS]: in the background; returns when it has joined the kernel's group, or fails
# with its log. $lab_agent_pid is its process.
start_agent() {
    local before command=("$@")
    before=$(lab_agents) || return
    case $1 in
        tlshd) command=(tlshd -s "${@:2}") ;;
        rpctlsd) command=(rpctlsd --foreground "${@:2}") ;;
    esac
    "${command[@]}" </dev/null >"$lab_state/agent.log" 2>&1 &
    lab_agent_pid=$!
    echo "$lab_agent_pid" >"$lab_state/agent.pid"
    eventually 10 lab_agent_ready_or_gone "$before" || true
    lab_agent_joined "$before" && return
    echo "lab: ${command[*]} did not join the kernel's group; its log:" >&2
    cat "$lab_state/agent.log" >&2
    stop_agent
    return 1
}

# kill_agent: SIGKILL, as when it runs out of memory.
kill_agent() {
    kill -KILL "$lab_agent_pid"
    wait "$lab_agent_pid" 2>/dev/null || true
    lab_agent_pid=''
}

# reload_agent: SIGHUP; returns when the agent has said what came of it.
reload_agent() {
    local before
    before=$(lab_reloads)
    kill -HUP "$lab_agent_pid"
    eventually 5 lab_reloaded_since "$before"
}
lab_reloads() { agent_log | grep -cE 'settings and credentials reloaded|keeping the old settings'; }
lab_reloaded_since() { (($(lab_reloads) > $1)); }

# ask_agent REQUEST: one JSON object to its control socket; prints the answer.
ask_agent() {
    python3 -Ic 'import socket, sys
stream = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
stream.settimeout(5)
stream.connect("/run/rpctls/agent.sock")
stream.send(sys.argv[1].encode())
print(stream.recv(65536).decode())' "$1"
}

# agent_status FILTER: of what it answers when asked for its status, what jq makes of it, e.g. .handshakes
agent_status() { ask_agent '{"op":"status"}' | jq -r "$1"; }

# agent_cause SERVER: the name of what the last handshake with this server failed by; null when it did not.
agent_cause() { ask_agent "{\"op\":\"last-failure\",\"server\":\"$1\"}" | jq -r .failure.name; }

# agent_descriptors, agent_memory: how many descriptors are open; KiB resident.
agent_descriptors() { find "/proc/$lab_agent_pid/fd" -mindepth 1 | wc -l; }
agent_memory() { awk '/^VmRSS:/ { print $2 }' "/proc/$lab_agent_pid/status"; }

# agent_settled DESCRIPTORS: nothing is under way, and no more descriptors are open than these.
agent_settled() { test "$(agent_status .in_flight)" = 0 && test "$(agent_descriptors)" -le "$1"; }

# stop_agent: asks it to end, and waits.
stop_agent() {
    [[ -n ${lab_agent_pid:-} ]] || return 0
    kill "$lab_agent_pid" 2>/dev/null || true
    # An agent that does not end in ten seconds is at fault, and must not hold up the script.
    if ! eventually 10 fails kill -0 "$lab_agent_pid" 2>/dev/null; then
        kill -KILL "$lab_agent_pid"
        echo "lab: the agent did not end when asked" >&2
        lab_agent_pid=''
        return 1
    fi
    wait "$lab_agent_pid" 2>/dev/null || true
    lab_agent_pid=''
}

# agent_log: what the agent printed, then what programs sent to syslog.
agent_log() { cat "$lab_state/agent.log" "$lab_state/syslog" 2>/dev/null; }

# rpctls_conf FOLDER [SERVER [LINE]...]: prints a rpctls.conf: FOLDER's CA is trusted, and a server here shows FOLDER/SERVER.pem
# (`-`: none does). Lines follow under [authenticate.client]; one of them may name another truststore.
rpctls_conf() {
    local folder=$1 server=${2:--}
    shift $(($# < 2 ? $# : 2))
    if [[ $server != - ]]; then
        printf '%s\n' '[authenticate.server]' "x509.truststore=$folder/ca.pem" "x509.certificate=$folder/$server.pem" \
            "x509.private_key=$folder/$server.key"
    fi
    echo '[authenticate.client]'
    [[ " $*" = *' x509.truststore='* ]] || echo "x509.truststore=$folder/ca.pem"
    (($# == 0)) || printf '%s\n' "$@"
}

# configure_tlshd --truststore FILE [--cert FILE --key FILE] [--client-cert FILE --client-key FILE | --no-client-cert]
# Writes the configuration file that this suite's tlshd reads. The client shows the server's certificate unless told.
configure_tlshd() {
    local truststore='' cert='' key='' client_cert='' client_key='' no_client='' file=/etc/tlshd.conf
    [[ ! -e /etc/tlshd/config ]] || file=/etc/tlshd/config
    while (($#)); do
        case $1 in
            --truststore) truststore=$2 ;;
            --cert) cert=$2 ;;
            --key) key=$2 ;;
            --client-cert) client_cert=$2 ;;
            --client-key) client_key=$2 ;;
            --no-client-cert) no_client=yes; shift; continue ;;
            *) echo "configure_tlshd: unknown option $1" >&2; return 1 ;;
        esac
        shift 2
    done
    lab_tlshd_role() {
        echo "[authenticate.$1]"
        [[ -z $truststore ]] || echo "x509.truststore=$truststore"
        [[ -z $2 ]] || printf 'x509.certificate=%s\nx509.private_key=%s\n' "$2" "$3"
    }
    {
        printf '[debug]\nloglevel=1\ntls=1\nnl=0\n[authenticate]\n'
        if [[ -n $no_client ]]; then
            lab_tlshd_role client ''
        else
            lab_tlshd_role client "${client_cert:-$cert}" "${client_key:-$key}"
        fi
        lab_tlshd_role server "$cert" "$key"
    } >"$file"
}
