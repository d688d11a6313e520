# What the running kernel is and counts.
# shellcheck shell=bash

# kernel_at_least VERSION: 7.0, 6.12.3
kernel_at_least() {
    local release
    release=$(uname -r)
    [[ $(printf '%s\n' "$1" "${release%%[-+]*}" | sort -V | head -n 1) = "$1" ]]
}

# ktls_counter NAME: a count of /proc/net/tls_stat (TlsTxSw, TlsRxSw, ...). One connection with both ends here adds 2.
ktls_counter() { awk -v name="$1" '$1 == name { print $2; found = 1 } END { exit !found }' /proc/net/tls_stat; }

# mounted_with FOLDER OPTION: the kernel says that this mount has the option, for example xprtsec=mtls.
mounted_with() {
    awk -v folder="$1" -v option="$2" '
        $5 == folder { n = split($6 "," $NF, options, ","); found = 0
                       for (i = 1; i <= n; i++) if (options[i] == option) found = 1 }
        END { exit !found }' /proc/self/mountinfo
}
