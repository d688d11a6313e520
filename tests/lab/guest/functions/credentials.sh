# An issuer that owes nothing to the project: GnuTLS' certtool.
# shellcheck shell=bash disable=SC2154  # lab_state: functions.sh

# issue_authority FOLDER [CN]: FOLDER/ca.pem and FOLDER/ca.key.
issue_authority() {
    local folder=$1 name=${2:-Lab CA}
    mkdir -p "$folder"
    certtool --generate-privkey --key-type=ecdsa --curve=secp256r1 --outfile "$folder/ca.key" 2>/dev/null
    printf '%s\n' "cn = \"$name\"" ca cert_signing_key crl_signing_key 'expiration_days = 30' >"$folder/ca.template"
    certtool --generate-self-signed --load-privkey "$folder/ca.key" --template "$folder/ca.template" \
        --outfile "$folder/ca.pem" 2>"$lab_state/certtool.log" || { cat "$lab_state/certtool.log" >&2; return 1; }
}

# issue_certificate FOLDER NAME [--cn CN] [--dns NAME]... [--ip ADDRESS]... [--server] [--client] [--days N]
#                   [--expired | --not-yet-valid] [--self-signed]
# Makes FOLDER/NAME.pem and FOLDER/NAME.key (0600), signed by FOLDER/ca.pem, which is made where it is missing.
# Without --server or --client the certificate serves both.
issue_certificate() {
    local folder=$1 name=$2 cn=$2 days=7 usage=() sans=() validity='' self_signed=''
    shift 2
    while (($#)); do
        case $1 in
            --cn) cn=$2; shift ;;
            --dns) sans+=("dns_name = \"$2\""); shift ;;
            --ip) sans+=("ip_address = \"$2\""); shift ;;
            --days) days=$2; shift ;;
            --server) usage+=(tls_www_server) ;;
            --client) usage+=(tls_www_client) ;;
            --expired) validity=expired ;;
            --not-yet-valid) validity=future ;;
            --self-signed) self_signed=yes ;;
            *) echo "issue_certificate: unknown option $1" >&2; return 1 ;;
        esac
        shift
    done
    ((${#usage[@]})) || usage=(tls_www_server tls_www_client)
    [[ -n $self_signed || -e $folder/ca.pem ]] || issue_authority "$folder" || return
    mkdir -p "$folder"
    {
        printf '%s\n' "cn = \"$cn\"" signing_key "${usage[@]}" "${sans[@]}"
        case $validity in
            expired)
                echo 'activation_date = "2020-01-01 00:00:00 UTC"'
                echo 'expiration_date = "2020-02-01 00:00:00 UTC"'
                ;;
            future)
                echo "activation_date = \"$(date -u -d '+10 days' '+%F %T UTC')\""
                echo "expiration_date = \"$(date -u -d '+20 days' '+%F %T UTC')\""
                ;;
            *) echo "expiration_days = $days" ;;
        esac
    } >"$folder/$name.template"
    (umask 077 && certtool --generate-privkey --key-type=ecdsa --curve=secp256r1 --outfile "$folder/$name.key" 2>/dev/null)
    local how=(--generate-certificate --load-ca-certificate "$folder/ca.pem" --load-ca-privkey "$folder/ca.key")
    [[ -z $self_signed ]] || how=(--generate-self-signed)
    certtool "${how[@]}" --load-privkey "$folder/$name.key" --template "$folder/$name.template" \
        --outfile "$folder/$name.pem" 2>"$lab_state/certtool.log" || { cat "$lab_state/certtool.log" >&2; return 1; }
}

# issue_credentials FOLDER: what most scripts want: ca.pem; server.pem for every name and address of the lab's servers;
# client.pem for client.example.
issue_credentials() {
    local host names=(--dns localhost --dns server.example)
    for host in {1..9}; do names+=(--dns "nfs$host.lab.example" --ip "127.0.0.$host"); done
    issue_certificate "$1" server --server "${names[@]}" &&
        issue_certificate "$1" client --client --dns client.example
}
