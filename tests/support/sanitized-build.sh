# shellcheck shell=bash
# build_sanitized BUILD SANITIZERS TARGET…: by clang, the second compiler, and without optimisation, which takes longer for
# instrumented code than the tests take to run. From the tree's root, with compiler-cache.sh.
build_sanitized() {
    local build=$1 sanitizers=$2 flags
    shift 2
    mkdir -p "$build"
    if [ ! -f "$build/Makefile" ]; then
        (cd "$build" && ../../configure --quiet --enable-werror --enable-sanitizers="$sanitizers" \
            CC=clang-14 CXX=clang++-14 CFLAGS="-g1 -O0" CXXFLAGS="-g1 -O0") || return
    fi
    # Most files spend half of their time on the same headers. What clang has parsed already it takes over whole; all files
    # have to be position-independent for that.
    flags="$(sed -n 's/^CXXFLAGS = //p' "$build/Makefile") -fPIC"
    make -C "$build" -s precompiled.pch CXXFLAGS="$flags" || return
    CCACHE_SLOPPINESS=pch_defines,time_macros make -C "$build" -s -j"$(nproc)" "$@" \
        CXXFLAGS="$flags -include-pch $PWD/$build/precompiled.pch"
}
