# What a script of the lab sees. Found through BASH_ENV; a script need not source anything. README.md has the list.
# shellcheck shell=bash

# Once is enough: programs that the script starts are no lab scripts.
unset BASH_ENV

# lab_state: where the lab keeps what functions must remember between them.
# shellcheck disable=SC2034  # by the parts
lab_state=/run/lab

for lab_part in /lab/guest/functions/*.sh; do
    # shellcheck source=/dev/null
    . "$lab_part"
done
unset lab_part
