# shellcheck shell=bash
# Builds go through ccache where it is installed (tests/packages has it): a second clone, or a branch, compiles only what
# differs. The cache lies where the user's ccache keeps it; paths of the clone are left out of what it compares.
if [ -d /usr/lib/ccache ]; then
    export PATH="/usr/lib/ccache:$PATH" CCACHE_NOHASHDIR=1 CCACHE_BASEDIR="${CCACHE_BASEDIR:-$PWD}"
fi
