#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The installed library's face: what it exports is what its header declares, and C programs can use it.
# usage: abi.sh BUILD
set -uo pipefail
build=${1:?usage: abi.sh BUILD}
top=$(cd "$(dirname "$0")/../.." && pwd)
bad=0
# verdict TITLE COMMAND…
verdict() {
    local title=$1
    shift
    if "$@"; then
        echo "ok - $title"
    else
        echo "not ok - $title"
        bad=1
    fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make -C "$build" -s librpctls.la c_face_test >"$work/make" 2>&1 || cat "$work/make"

nm -D --defined-only "$build/.libs/librpctls.so" | awk '$2 != "A" { print $3 }' | sort >"$work/exported"
sed -n 's/^RPCTLS_API [^(]*[ *]\([a-z_0-9]*\)(.*/\1@@RPCTLS_0.1/p' "$top"/rpc/include/rpctls/*.h | sort >"$work/declared"
# clnt_tls_ and svc_tls_ stand beside libtirpc's clnt_vc_ and svc_vc_.
verdict "librpctls exports symbols with its prefixes only, each with a version" \
    bash -c "test -s '$work/exported' && ! grep -Ev '^((rpctls|clnt_tls|svc_tls)_[a-z_0-9]*|_ZNK?(O|R)?6rpctls.*)@@RPCTLS_' '$work/exported'"
verdict "librpctls exports exactly what its C headers declare" diff "$work/declared" <(grep -v ^_Z "$work/exported")

# Of C++, the names: what overloads there are is for the compiler to say, and what members where a class is exported whole.
whole=$(sed -n 's/^class RPCTLS_API \([A-Za-z]*\).*/\1/p' "$top"/rpc/include/rpctls/*.hpp | paste -sd '|')
sed 's/@@.*//' "$work/exported" | grep ^_Z | c++filt | grep -vE "^rpctls::($whole)::" |
    sed 's/(.*//; s/\[abi:cxx11\]//; s/.*:://' | sort -u >"$work/exported++"
grep -h 'RPCTLS_API .*(' "$top"/rpc/include/rpctls/*.hpp | sed 's/(.*//; s/.*[ *&]//' | sort -u >"$work/declared++"
verdict "librpctls exports exactly the names that its C++ headers declare" diff "$work/declared++" "$work/exported++"

tirpc=$(pkg-config --cflags libtirpc)
for header in "$top"/rpc/include/rpctls/*.h; do
    # It declares nothing, which C does not take for a file of its own.
    [ "${header##*/}" != api.h ] || continue
    for language in c11 c++98; do
        case $language in
        c*+*) compiler="${CXX:-g++} -x c++ -Wno-long-long -Wno-variadic-macros" ;;
        *) compiler="${CC:-gcc} -x c" ;;
        esac
        # Only what speaks of libtirpc's types may need its headers, whose folder is as a system's.
        flags=-I$top/rpc/include
        [ "${header##*/}" = rpctls.h ] || flags+=" ${tirpc//-I/-isystem } -D_GNU_SOURCE"
        # shellcheck disable=SC2086 # words on purpose
        verdict "${header##*/} stands alone in $language" $compiler -std=$language -pedantic -Wall -Wextra -Werror \
            $flags -fsyntax-only "$header"
    done
done

# Any certificate does as a truststore for a probe that ends before TLS: one of the tests' own fuzz seeds.
"$build/c_face_test" "$top/tests/fuzz/certificate.in/ca.pem" >"$work/c"
status=$?
cat "$work/c"
verdict "the C face test ran to its end" test "$status" -eq 0
exit "$bad"
