# shellcheck shell=bash
# Builds go through ccache where it is installed (tests/packages has it): a second clone, or a branch, compiles only what
# differs. The cache lies where the user's ccache keeps it; paths of the clone are left out of what it compares.
if [ -d /usr/lib/ccache ]; then
    # A compiler's messages are in the user's language, and so a part of what is compared: one for everybody.
    unset LC_ALL LC_CTYPE LC_MESSAGES
    export LANG=C.UTF-8
    export PATH="/usr/lib/ccache:$PATH" CCACHE_NOHASHDIR=1 CCACHE_BASEDIR="${CCACHE_BASEDIR:-$PWD}"
fi
